"""Where the windows of address spaces lie among generic addresses. Global addresses are generic ones already."""

SHARED = 0x0100_0000_0000_0000
LOCAL = 0x0200_0000_0000_0000
GENERIC = {"global": 0, "const": 0, "shared": SHARED, "local": LOCAL}
