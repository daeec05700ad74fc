"""Cases: a request comes in, is decided item by item, and is answered."""
