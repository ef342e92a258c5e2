"""The drawn scenes of the sample recordings: every function takes the seconds since its cut and returns a BGR frame.

Flat colours, gradients and slow movement: pleasant to look and small once compressed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from drawing import (
    HEIGHT,
    WIDTH,
    Frame,
    birds,
    boat,
    cloud,
    column,
    disc,
    ease,
    firework,
    fish,
    glow,
    hand,
    mix,
    plain,
    sea,
    shape,
    sky,
    veil,
    walker,
    wave,
    weed,
)

Scene = Callable[[float], Frame]


def sunrise(t: float) -> Frame:
    """Dawn at sea: the sun comes up, two sailing boats cross."""
    light = min(1.0, t / 8)
    frame = sky(mix((38, 44, 92), (150, 110, 168), light), mix((214, 96, 92), (255, 186, 110), light))
    height = 520 - 210 * light
    glow(frame, 860, height, 330, (255, 226, 160), 0.75)
    disc(frame, 860, height, 62, (255, 238, 190))
    birds(frame, t)
    sea(frame, 450, t, mix((32, 62, 110), (30, 108, 150), light))
    boat(frame, 180 + 26 * t, 500 + 4 * math.sin(1.6 * t), 1.0, (150, 46, 42), (250, 244, 232))
    boat(frame, 1050 - 14 * t, 474 + 3 * math.sin(1.3 * t + 1), 0.6, (52, 58, 74), (255, 214, 150))
    return frame


def lighthouse(t: float) -> Frame:
    """Morning: a lighthouse on its rock, clouds, a turning lamp."""
    frame = sky((92, 172, 226), (214, 238, 246))
    for x, y, size in ((140, 120, 1.0), (560, 80, 0.7), (820, 190, 0.85)):
        cloud(frame, (x + 14 * t * size) % 1500 - 100, y, size)
    sea(frame, 500, t, (26, 118, 158))
    shape(frame, [(860, 560), (905, 478), (985, 452), (1090, 462), (1165, 520), (1235, 560)], (96, 88, 82))
    shape(frame, [(905, 478), (985, 452), (1010, 470), (960, 540), (880, 552)], (116, 106, 98))
    for step in range(5):  # red and white bands that grow narrower towards the lamp
        low, high = 460 - 52 * step, 460 - 52 * (step + 1)
        wide, narrow = 52 - 4 * step, 52 - 4 * (step + 1)
        band = [(1035 - wide, low), (1035 + wide, low), (1035 + narrow, high), (1035 - narrow, high)]
        shape(frame, band, (206, 62, 56) if step % 2 == 0 else (248, 244, 238))
    shape(frame, [(997, 200), (1073, 200), (1073, 188), (997, 188)], (58, 62, 72))
    turn = math.sin(1.2 * t)
    glow(frame, 1035, 165, 60 + 50 * abs(turn), (255, 246, 190), 0.5 + 0.4 * abs(turn))
    shape(frame, [(1012, 188), (1058, 188), (1058, 142), (1012, 142)], (255, 240, 176))
    shape(frame, [(1000, 142), (1070, 142), (1035, 108)], (206, 62, 56))
    boat(frame, 220 + 20 * t, 548 + 4 * math.sin(1.5 * t), 1.1, (40, 74, 120), (252, 250, 244))
    return frame


def chart(t: float) -> Frame:
    """A chart of boats per day whose bars grow one after the other."""
    frame = plain((244, 241, 234)).copy()
    shape(frame, [(0, 0), (WIDTH, 0), (WIDTH, 108), (0, 108)], (34, 74, 106))
    for line in range(5):
        y = 500 - 80 * line
        shape(frame, [(170, y), (1110, y), (1110, y + 2), (170, y + 2)], (214, 208, 196))
    heights = (170, 260, 140, 330, 220)
    colours = ((64, 140, 168), (236, 148, 76), (110, 160, 92), (206, 84, 78), (140, 108, 168))
    bars = zip(heights, colours, strict=True)
    for place, (height, colour) in enumerate(bars):
        grown = ease((t - 0.4 - 0.5 * place) / 1.2) * height
        sway = 5 * math.sin(1.4 * t + place) if t > 4 else 0
        x = 220 + 180 * place
        shape(frame, [(x, 500), (x + 110, 500), (x + 110, 500 - grown - sway), (x, 500 - grown - sway)], colour)
    shape(frame, [(160, 500), (1120, 500), (1120, 504), (160, 504)], (70, 74, 82))
    return frame


def clock(t: float) -> Frame:
    """A closed door beside a wall clock: an hour goes by in six seconds, without a sound."""
    frame = plain((188, 206, 196)).copy()
    shape(frame, [(0, 610), (WIDTH, 610), (WIDTH, HEIGHT), (0, HEIGHT)], (132, 98, 72))
    shape(frame, [(720, 90), (1120, 90), (1120, 610), (720, 610)], (96, 62, 44))
    shape(frame, [(744, 114), (1096, 114), (1096, 610), (744, 610)], (140, 92, 62))
    disc(frame, 1066, 400, 15, (226, 190, 96))
    shape(frame, [(916, 150), (924, 150), (924, 210), (916, 210)], (60, 46, 38))
    shape(frame, [(790, 205), (1050, 205), (1050, 345), (790, 345)], (250, 246, 232))
    disc(frame, 360, 300, 196, (58, 66, 74))
    disc(frame, 360, 300, 180, (250, 248, 240))
    for mark in range(12):
        angle = mark * math.pi / 6
        inner = 142 if mark % 3 == 0 else 158
        hand(frame, angle, inner, 172, 7 if mark % 3 == 0 else 4, (58, 66, 74))
    turn = 2 * math.pi * t / 6
    hand(frame, 2 * math.pi * 12.5 / 12 + turn / 12, -18, 98, 11, (58, 66, 74))
    hand(frame, math.pi + turn, -24, 146, 7, (58, 66, 74))
    hand(frame, turn * 6, -30, 156, 3, (206, 62, 56))
    disc(frame, 360, 300, 10, (206, 62, 56))
    return frame


def market(t: float) -> Frame:
    """A street by the quay: houses, awnings, a market stall with its sign, people walking by."""
    frame = sky((148, 200, 226), (246, 232, 204))
    houses = ((0, 230, 250, (222, 150, 108)), (250, 160, 240, (238, 206, 142)), (940, 190, 340, (146, 172, 178)))
    for x, top, width, colour in houses:
        shape(frame, [(x, top), (x + width, top), (x + width, 560), (x, 560)], colour)
        shape(frame, [(x - 8, top), (x + width / 2, top - 76), (x + width + 8, top)], (146, 76, 62))
        for row in range(2):
            for place in range(width // 90):
                left, up = x + 30 + 90 * place, top + 40 + 110 * row
                shape(frame, [(left, up), (left + 44, up), (left + 44, up + 62), (left, up + 62)], (70, 98, 122))
    shape(frame, [(0, 560), (WIDTH, 560), (WIDTH, HEIGHT), (0, HEIGHT)], (176, 164, 150))
    shape(frame, [(520, 300), (910, 300), (910, 560), (520, 560)], (126, 86, 62))
    shape(frame, [(535, 165), (895, 165), (895, 285), (535, 285)], (28, 82, 112))
    for stripe in range(10):
        x = 500 + 43 * stripe
        colour = (212, 74, 66) if stripe % 2 == 0 else (250, 244, 232)
        shape(frame, [(x, 300), (x + 43, 300), (x + 43, 352), (x + 21.5, 372), (x, 352)], colour)
    shape(frame, [(545, 470), (885, 470), (905, 560), (525, 560)], (96, 62, 44))
    for catch in range(5):
        fish(frame, 590 + 64 * catch, 462, 0.42, (170, 196, 208), 0)
    walkers = ((60, 46, (62, 84, 128)), (1200, -38, (160, 70, 96)), (-160, 60, (66, 112, 84)))
    for number, (start, speed, coat) in enumerate(walkers):
        walker(frame, start + speed * t, 596, t + number, coat)
    return frame


def underwater(t: float) -> Frame:
    """Under the quay: fish, weed and rising bubbles."""
    frame = sky((36, 128, 160), (10, 44, 86))
    for ray in range(4):
        x = 160 + 300 * ray + 24 * math.sin(0.5 * t + ray)
        veil(frame, [(x, 0), (x + 90, 0), (x + 10, HEIGHT), (x - 190, HEIGHT)], (190, 236, 240), 0.10)
    shape(frame, [(0, 640), (300, 612), (640, 648), (980, 610), (1280, 640), (1280, 720), (0, 720)], (176, 152, 108))
    for stem in range(9):
        weed(frame, 70 + 145 * stem, 660, 120 + 34 * (stem % 3), t + stem, (38, 122, 92))
    shoal = (
        (0, 200, 1.0, 62, (244, 150, 66)),
        (-320, 330, 1.35, 48, (236, 206, 92)),
        (-120, 450, 0.8, 74, (226, 98, 92)),
    )
    for number, (start, depth, size, speed, colour) in enumerate(shoal):
        for mate in range(3):
            x = (start + speed * t + 170 * mate) % 1500 - 110
            fish(frame, x, depth + 30 * math.sin(1.1 * t + mate + number) + 34 * mate, size, colour, t * 3 + mate)
    for bubble in range(12):
        y = 700 - (70 * t + 97 * bubble) % 760
        x = 110 * bubble + 40 + 12 * math.sin(2 * t + bubble)
        size = 5 + bubble % 4 * 3
        disc(frame, x, y, size, (84, 164, 190))
        disc(frame, x - size / 3, y - size / 3, size / 3, (214, 240, 244))
    return frame


def night(t: float) -> Frame:
    """Night over the harbour: moon, stars, lit windows and fireworks. Ends in black after 10.6 s."""
    frame = sky((12, 18, 48), (44, 54, 104))
    for star in range(70):
        x, y = (star * 193 + 40) % WIDTH, (star * 89 + 17) % 380
        shine = 150 + 90 * math.sin(1.3 * t + star)
        disc(frame, x, y, 1.2 + (star % 3) * 0.5, (int(shine), int(shine), int(min(255, shine + 20))))
    glow(frame, 230, 140, 150, (230, 232, 250), 0.4)
    disc(frame, 230, 140, 48, (242, 240, 224))
    disc(frame, 252, 128, 42, (24, 30, 62))
    for x, y, start, colour in (
        (640, 190, 0.6, (255, 196, 96)),
        (930, 140, 2.4, (150, 220, 255)),
        (470, 150, 4.6, (255, 140, 150)),
    ):
        firework(frame, x, y, (t - start) % 5.2, colour)
    for house in range(11):
        x, top = 20 + 116 * house, 392 - 46 * (house * 7 % 4)
        shape(frame, [(x, top), (x + 104, top), (x + 104, 470), (x, 470)], (22, 26, 46))
        for window in range(3):
            lit = (house + window) % 3 != 0
            left = x + 14 + 30 * window
            colour = (255, 208, 118) if lit else (36, 42, 66)
            shape(frame, [(left, top + 22), (left + 16, top + 22), (left + 16, top + 46), (left, top + 46)], colour)
    sea(frame, 470, t, (40, 66, 124))
    fade = min(1.0, max(0.0, (10.6 - t) / 0.8))
    return np.asarray(frame * fade, np.uint8) if fade < 1 else frame


def ferry(t: float) -> Frame:
    """The telephone's picture, 720 x 1280 upright: a ferry passes behind a timetable sign."""
    frame = np.repeat(column((86, 160, 214), (250, 222, 178), 1280), 720, axis=1)
    disc(frame, 540, 330, 56, (255, 240, 200))
    cloud(frame, 60 + 12 * t, 210, 0.8)
    for band, y in enumerate((700, 800, 930, 1080)):
        shape(
            frame,
            wave(720, 1280, y, 9, 300 + 60 * band, t * (1 + 0.2 * band)),
            mix((46, 132, 168), (16, 70, 110), band / 3),
        )
        if band == 0:
            x = -330 + 105 * t
            shape(frame, [(x, 640), (x + 420, 640), (x + 380, 730), (x + 40, 730)], (250, 248, 242))
            shape(frame, [(x, 640), (x + 420, 640), (x + 410, 662), (x + 10, 662)], (34, 92, 140))
            shape(frame, [(x + 70, 580), (x + 330, 580), (x + 350, 640), (x + 60, 640)], (236, 232, 224))
            for port in range(5):
                disc(frame, x + 105 + 48 * port, 610, 13, (60, 104, 138))
            shape(frame, [(x + 180, 500), (x + 240, 500), (x + 246, 580), (x + 174, 580)], (212, 74, 66))
    shape(frame, [(170, 1010), (186, 1010), (186, 1280), (170, 1280)], (84, 66, 54))
    shape(frame, [(534, 1010), (550, 1010), (550, 1280), (534, 1280)], (84, 66, 54))
    shape(frame, [(110, 850), (610, 850), (610, 1060), (110, 1060)], (252, 250, 240))
    return frame
