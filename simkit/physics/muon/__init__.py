"""What only muons do: radiate, make pairs, hit nuclei, decay, and be captured."""
