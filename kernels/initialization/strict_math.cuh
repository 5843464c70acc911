// Logarithm and cosine with the bits of Java's StrictMath, whose results are defined by fdlibm's algorithms (Sun
// Microsystems 1993): the same reductions, the same polynomials, the same order of operations, each rounded on its own
// (the build fuses nothing). Only for the arguments that Box and Muller's transform has.
#pragma once

#include "../common/device.cuh"

namespace longrun {

__device__ inline unsigned long long bits_of(double x) { return (unsigned long long)__double_as_longlong(x); }

__device__ inline double double_of(unsigned long long bits) { return __longlong_as_double((long long)bits); }

// Sign, exponent and the first 20 bits of the mantissa.
__device__ inline int high_word(double x) { return (int)(bits_of(x) >> 32); }

// ln x of a normal x in (0, 1): x = 2^k (1 + f), sqrt(1/2) < 1 + f < sqrt 2, and with s = f / (2 + f)
// ln(1 + f) = 2 atanh(s) = f - s (f - R), R a polynomial in s^2.
__device__ inline double strict_log(double x) {
  const double LN2_HIGH = 6.93147180369123816490e-01;
  const double LN2_LOW = 1.90821492927058770002e-10;
  int high = high_word(x);
  int exponent = (high >> 20) - 1023;
  int mantissa = high & 0xfffff;
  int carry = (mantissa + 0x95f64) & 0x100000;  // 1 + f above sqrt 2 is halved
  exponent += carry >> 20;
  unsigned newHigh = (unsigned)(mantissa | (carry ^ 0x3ff00000));
  double f = double_of((unsigned long long)newHigh << 32 | (bits_of(x) & 0xffffffffull)) - 1.0;
  double k = (double)exponent;
  if ((0xfffff & (2 + mantissa)) < 3) {  // |f| < 2^-20
    if (f == 0.0) {
      return exponent == 0 ? 0.0 : k * LN2_HIGH + k * LN2_LOW;
    }
    double r = f * f * (0.5 - 0.33333333333333333 * f);
    return exponent == 0 ? f - r : k * LN2_HIGH - ((r - k * LN2_LOW) - f);
  }
  double s = f / (2.0 + f);
  double z = s * s;
  double w = z * z;
  double even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  double odd = z * (6.666666666666735130e-01 +
                    w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  double r = odd + even;
  if (((mantissa - 0x6147a) | (0x6b851 - mantissa)) > 0) {
    double half = 0.5 * f * f;
    return exponent == 0 ? f - (half - s * (half + r)) : k * LN2_HIGH - ((half - (s * (half + r) + k * LN2_LOW)) - f);
  }
  return exponent == 0 ? f - s * (f - r) : k * LN2_HIGH - ((s * (f - r) - k * LN2_LOW) - f);
}

// cos(x + tail), |x| <= pi/4.
__device__ inline double cos_near_zero(double x, double tail) {
  int high = high_word(x) & 0x7fffffff;
  if (high < 0x3e400000) {
    return 1.0;
  }
  double z = x * x;
  double r = z * (4.16666666666666019037e-02 +
                  z * (-1.38888888888741095749e-03 +
                       z * (2.48015872894767294178e-05 +
                            z * (-2.75573143513906633035e-07 +
                                 z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
  if (high < 0x3fd33333) {  // 0.3
    return 1.0 - (0.5 * z - (z * r - x * tail));
  }
  // About x / 4, so that 1 - share is exact.
  double share = high > 0x3fe90000 ? 0.28125 : double_of((unsigned long long)(unsigned)(high - 0x00200000) << 32);
  double rest = 0.5 * z - share;
  return (1.0 - share) - (rest - (z * r - x * tail));
}

// sin(x + tail), |x| <= pi/4.
__device__ inline double sin_near_zero(double x, double tail) {
  if ((high_word(x) & 0x7fffffff) < 0x3e400000) {
    return x;
  }
  double z = x * x;
  double v = z * x;
  double r = 8.33333333332248946124e-03 +
             z * (-1.98412698298579493134e-04 +
                  z * (2.75573137070700676789e-06 +
                       z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
  return x - ((z * (0.5 * tail - v * r) - tail) - v * -1.66666666666666324348e-01);
}

// cos x for x = 2 pi u, u an odd multiple of 2^-33 below 1: x less n quarters of a turn, pi / 2 taken in one or two
// parts of 33 bits. fdlibm has a third, for arguments closer to a quarter than 2^-49 of themselves; these keep 2^-33.
__device__ inline double strict_cos(double x) {
  const double QUARTERS = 6.36619772367581382433e-01;
  const double PART1 = 1.57079632673412561417e+00;
  const double REST1 = 6.07710050650619224932e-11;
  const double PART2 = 6.07710050630396597660e-11;
  const double REST2 = 2.02226624879595063154e-21;
  int high = high_word(x);
  if (high <= 0x3fe921fb) {
    return cos_near_zero(x, 0.0);
  }
  // Below 3 pi / 4 it is one quarter, whatever the product rounds to.
  int n = high < 0x4002d97c ? 1 : (int)(x * QUARTERS + 0.5);
  double count = (double)n;
  double near = x - count * PART1;
  double rest = count * REST1;
  double reduced = near - rest;
  // Next to a multiple of pi / 2, as far as the high word tells, the first 33 bits are not enough.
  bool close = high == 0x3ff921fb || high == 0x400921fb || high == 0x4012d97c || high == 0x401921fb;
  int exponent = high >> 20;
  if (close && (n == 1 || exponent - ((high_word(reduced) >> 20) & 0x7ff) > 16)) {
    double before = near;
    rest = count * PART2;
    near = before - rest;
    rest = count * REST2 - ((before - near) - rest);
    reduced = near - rest;
  }
  double tail = (near - reduced) - rest;
  switch (n & 3) {
    case 0:
      return cos_near_zero(reduced, tail);
    case 1:
      return -sin_near_zero(reduced, tail);
    case 2:
      return -cos_near_zero(reduced, tail);
    default:
      return sin_near_zero(reduced, tail);
  }
}

}  // namespace longrun
