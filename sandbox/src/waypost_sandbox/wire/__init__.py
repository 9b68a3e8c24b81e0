"""Shape requests and answers as the wire has them; know no resource."""
