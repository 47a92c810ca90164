"""The native engine: loops compiled with numba, and machine code generated with LLVM."""
