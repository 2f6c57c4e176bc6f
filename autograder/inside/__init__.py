"""What runs in the sandbox, beside the student; the other side believes nothing that it says."""
