"""What published clients ask for and this server does not do: empty lists, and plain refusals."""
