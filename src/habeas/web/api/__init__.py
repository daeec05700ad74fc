"""The API of casework: the desk's doors for other programs, and AuthZEN's question whether something may go out."""
