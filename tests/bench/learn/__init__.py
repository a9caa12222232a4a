"""What do the learners reach? `make learn` measures it row by row."""
