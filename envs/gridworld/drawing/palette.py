"""Which colours does a gridworld have?"""

BACKGROUND = (24, 27, 38)
INK = (32, 36, 52)
WHITE = (255, 255, 255)

FLOOR = ((243, 239, 230), (236, 231, 220))  # light and dark of the chequer
FROST = ((232, 241, 248), (223, 235, 245))  # the same where the ground is slippery
WALL_TOP, WALL_EDGE, WALL_FACE, WALL_FOOT = (91, 103, 137), (128, 141, 176), (60, 69, 98), (46, 53, 78)

# Okabe & Ito's palette, made for colour-blind eyes, in an order that keeps the first seats far apart.
SEATS = (
    (0, 114, 178),
    (230, 140, 0),
    (0, 158, 115),
    (204, 110, 167),
    (213, 84, 30),
    (86, 180, 233),
    (226, 205, 60),
    (110, 104, 128),
)
DEAD = (160, 162, 170)

KEYS = (
    (226, 160, 10),
    (36, 132, 220),
    (192, 52, 140),
    (24, 152, 96),
)  # each also has its own number of notches
PORTALS = (
    (124, 77, 255),
    (0, 172, 160),
    (240, 90, 110),
    (240, 150, 20),
    (50, 120, 240),
    (200, 60, 190),
    (110, 160, 30),
    (150, 100, 60),
    (90, 96, 120),
)

# Nine colours of viridis (van der Walt & Smith 2015): evenly brighter to the eye, and to colour-blind eyes.
HEAT = (
    (68, 1, 84),
    (72, 40, 120),
    (62, 74, 137),
    (49, 104, 142),
    (38, 130, 142),
    (31, 158, 137),
    (53, 183, 121),
    (110, 206, 88),
    (181, 222, 43),
    (253, 231, 37),
)

# From seldom to often, in the manner of ColorBrewer's YlOrRd.
TRAIL = ((255, 232, 160), (254, 196, 90), (250, 140, 50), (226, 74, 34), (150, 20, 46))
