"""What the desk's templates can call."""
