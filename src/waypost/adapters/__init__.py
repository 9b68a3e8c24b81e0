"""One file per outside technology, each implementing a port; never importing one another."""
