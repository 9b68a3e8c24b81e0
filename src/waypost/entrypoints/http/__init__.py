"""The HTTP application: who is asking, which door, and how an error looks on the wire."""
