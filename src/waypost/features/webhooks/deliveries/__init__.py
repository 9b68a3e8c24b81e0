"""Events on their way to customers' endpoints: signed, tried for days, every attempt kept."""
