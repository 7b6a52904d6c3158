"""A solenoid: a sheet of current around a cylinder of finite length, its fringe, and an iron return.

A thin sheet's field is that of N. Derby and S. Olbert, Am. J. Phys. 78 (2010) 229 (arXiv:0909.3880),
equations 4-7: complete elliptic integrals at its two ends, here by arithmetic-geometric means.

The return is a model, not iron: a shell, magnetised evenly against the coil and so strongly that both have no
dipole moment together. Such a shell is two sheets of opposite currents, so that the sum of the sheets has no
divergence and no curl but on them. It takes the coil's flux back through its depth and leaves little
outside; it neither saturates nor draws the field as iron does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from simkit.field import FIELD_AT
from simkit.field.maps.potential import VECTOR_POTENTIAL
from simkit.field.maps.section import SHORTEST_SCALE, Axis, Strength, unit_vector
from simkit.field.stepping import Stepping
from simkit.jit import kernel
from simkit.sections import KeyPath, Length, Vector

MOST_MEANS = 12  # what follows converges within 9 for any modulus above LEAST
LEAST = 1e-12  # of the modulus at a sheet's edge, where the field has no end, and of the distance to a sheet
EQUAL = 1e-8  # means this near are the same to all digits after one more


class SolenoidField(Stepping):
    """`[field] kind = "solenoid"`: a sheet of current of finite length, with its fringe."""

    kind: Literal["solenoid"]
    """The field."""
    strength_T: Strength
    """At the centre, the return's part included; negative: against the axis."""
    radius_mm: Length
    """Of the coil, which is thin."""
    length_mm: Length
    """Of the coil."""
    axis: Axis = "z"
    """"x", "y", "z" or a direction of any length."""
    centre_mm: Vector = (0.0, 0.0, 0.0)
    """The centre of the coil and of the return."""
    return_radii_mm: Annotated[tuple[Length, ...], Field(min_length=2, max_length=2)] | None = None
    """Inner and outer radius of an iron shell that takes the flux back; none if it is left out."""
    return_length_mm: Length | None = None
    """Of the shell; as long as the coil if it is left out."""

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        if self.return_radii_mm is None:
            if self.return_length_mm is not None:
                yield ("return_length_mm",), "there is no return without return_radii_mm; give them"
            return
        inner, outer = self.return_radii_mm
        if not self.radius_mm < inner < outer:
            coil = f"{self.radius_mm:g}"
            text = f"found [{inner:g}, {outer:g}]; must ascend and be outside the coil's radius {coil}"
            yield ("return_radii_mm",), text

    def scale_mm(self, built: Any) -> float:
        """See simkit.field.maps.section.FieldMap."""
        inner, outer = self.return_radii_mm or (0.0, self.radius_mm)
        return max(SHORTEST_SCALE, 0.25 * min(self.radius_mm, self.length_mm, outer - inner))

    def build(self) -> Solenoid:
        """See simkit.field.maps.section.FieldMap."""
        half = 0.5 * self.length_mm
        sheets = [(self.radius_mm, half, 1.0)]
        if self.return_radii_mm is not None:
            inner, outer = self.return_radii_mm
            shell = half if self.return_length_mm is None else 0.5 * self.return_length_mm
            back = self.radius_mm**2 * half / ((outer - inner) * (outer + inner) * shell)
            sheets += [(inner, shell, back), (outer, shell, -back)]
        radii, halves, currents = np.array(sheets).T
        centre = float(np.sum(currents * halves / np.hypot(halves, radii)))
        # half of it: the quarter turn that complete integrals are over, times 1 / pi of the paper's B_0
        strengths = 0.5 * self.strength_T / centre * currents
        return Solenoid(*self.centre_mm, *unit_vector(self.axis), radii, halves, strengths)


class Solenoid(NamedTuple):
    """What the kernel knows: centre (mm), unit axis, and of each sheet of current, float64[sheets]:

    radii and half_lengths (mm), strengths: half the field (T) of such a sheet without ends.
    """

    x: float
    y: float
    z: float
    u: float
    v: float
    w: float
    radii: np.ndarray
    half_lengths: np.ndarray
    strengths: np.ndarray


@kernel
def _sheet_end(r, along, radius):
    """Return (radial, axial) field of a sheet that reaches from here to infinity; `along`: beyond its end.

    The two integrals of Derby and Olbert over [0, pi/2], C(k, 1, 1, -1) and C(k, g^2, 1, g), without their
    factor pi / 2: of (a cos^2 + b sin^2) / ((cos^2 + p sin^2) sqrt(cos^2 + k^2 sin^2)). Both go along with
    one arithmetic-geometric mean (R. Bulirsch, Numer. Math. 7 (1965) 78), scaled so that nothing grows.
    """
    outer = radius + r
    inner = radius - r
    distance = math.sqrt(along * along + outer * outer)
    gap = inner / outer
    mean = 1.0
    root = max(math.sqrt(along * along + inner * inner) / distance, LEAST)
    radial_a, radial_b, radial_p = 1.0, -1.0, 1.0
    axial_a, axial_b, axial_p = 1.0, 1.0 if gap >= 0.0 else -1.0, max(abs(gap), LEAST)
    for _ in range(MOST_MEANS):
        product = mean * root
        equal = abs(mean - root) <= EQUAL * mean
        over = 1.0 / radial_p
        radial_a, radial_b = radial_a + radial_b * over, radial_b + radial_a * (product * over)
        radial_p += product * over
        over = 1.0 / axial_p
        axial_a, axial_b = axial_a + axial_b * over, axial_b + axial_a * (product * over)
        axial_p += product * over
        radial_a, radial_b, radial_p = 0.5 * radial_a, 0.5 * radial_b, 0.5 * radial_p
        axial_a, axial_b, axial_p = 0.5 * axial_a, 0.5 * axial_b, 0.5 * axial_p
        mean, root = 0.5 * (mean + root), math.sqrt(product)
        if equal:
            break
    radial = (radial_b + radial_a * mean) / (mean * (mean + radial_p))
    axial = (axial_b + axial_a * mean) / (mean * (mean + axial_p))
    return radius / distance * radial, along * radius / (distance * outer) * axial


def _solenoid(field, x, y, z):
    x, y, z = x - field.x, y - field.y, z - field.z
    along = field.u * x + field.v * y + field.w * z
    x, y, z = x - along * field.u, y - along * field.v, z - along * field.w
    r = math.sqrt(x * x + y * y + z * z)
    radial = 0.0
    axial = 0.0
    for i in range(len(field.radii)):
        near = _sheet_end(r, along + field.half_lengths[i], field.radii[i])
        far = _sheet_end(r, along - field.half_lengths[i], field.radii[i])
        radial += field.strengths[i] * (near[0] - far[0])
        axial += field.strengths[i] * (near[1] - far[1])
    across = radial / r if r > 0.0 else 0.0
    return axial * field.u + across * x, axial * field.v + across * y, axial * field.w + across * z


def _solenoid_potential(field: Solenoid, point: np.ndarray) -> np.ndarray:
    """A around the axis, from the sheets' loops of current, integrated by parts over their lengths."""
    axis = np.array([field.u, field.v, field.w])
    offset = point - np.array([field.x, field.y, field.z])
    along = float(offset @ axis)
    across = offset - along * axis
    r = float(np.linalg.norm(across))
    over_r = sum(
        strength * (_flux_end(r, along + half, radius) - _flux_end(r, along - half, radius))
        for radius, half, strength in zip(field.radii, field.half_lengths, field.strengths)
    )
    return over_r * np.cross(axis, across)


def _flux_end(r: float, along: float, radius: float) -> float:
    """Return A_phi / r of a half-infinite sheet, in the units of `Solenoid.strengths`."""
    from scipy.integrate import quad

    outer, gap = (radius + r) ** 2, ((radius - r) / (radius + r)) ** 2
    square = along * along + outer
    root = (along * along + (radius - r) ** 2) / square

    def integrand(angle: float) -> float:
        sine, cosine = math.sin(angle) ** 2, math.cos(angle) ** 2
        return sine * cosine / ((cosine + gap * sine) * math.sqrt(cosine + root * sine))

    whole = quad(integrand, 0.0, 0.5 * math.pi, epsabs=0.0, epsrel=1e-13, limit=500)[0]
    return 8.0 * radius * radius * along / (math.pi * outer * math.sqrt(square)) * whole


FIELD_AT[Solenoid] = _solenoid
VECTOR_POTENTIAL[Solenoid] = _solenoid_potential
