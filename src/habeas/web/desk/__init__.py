"""The pages of the records desk; what they do is done by `casework`'s acts."""
