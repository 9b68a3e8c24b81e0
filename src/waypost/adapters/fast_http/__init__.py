"""HTTP/1.1 of our own over httptools: a server protocol with a straight way, and a pool to providers."""
