"""Fast simulation: models that take a track and give its shower, and the hook that asks them."""
