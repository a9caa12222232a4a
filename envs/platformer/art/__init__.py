"""How does everything in a platformer look, pixel by pixel? The text files are the drawings, `sprites` reads them."""
