"""An example of what another package can bring to simkit."""

from pathlib import Path

SHORT_STACK = Path(__file__).parent / "short_stack.toml"
