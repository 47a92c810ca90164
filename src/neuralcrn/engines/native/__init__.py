"""The native engine: compiled loops and machine code, made with numba and LLVM."""
