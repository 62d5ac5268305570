/*
 * The three things PyTorch 1.13 does slowly on a CPU in bfloat16: LayerNorm (with GELU before it), softmax, and
 * cropping with resizing into patches. bfloat16 in and out, float32 inside; loops that the compiler vectorises.
 * Source: our own. Compile with -Ofast -march=native -fopenmp (erff and expf come vectorised from glibc).
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint16_t bf16;
#define WIDTH_MAX 4096 /* floats of one row on the stack */
#define KEYS_MAX 1024

static inline float widen(bf16 v) {
  union { uint32_t bits; float value; } u = {(uint32_t)v << 16};
  return u.value;
}

static inline bf16 narrow(float v) { /* to nearest, ties to even; NaN does not occur */
  union { float value; uint32_t bits; } u = {v};
  return (bf16)((u.bits + 0x7fff + ((u.bits >> 16) & 1)) >> 16);
}

static void load(const void *x, int is_float, long offset, long width, float *row) {
  if (is_float) memcpy(row, (const float *)x + offset, width * sizeof(float));
  else for (long j = 0; j < width; j++) row[j] = widen(((const bf16 *)x)[offset + j]);
}

/* y = LN(gelu?(x)) * weight + bias; x [rows, width] float or bf16, y bf16; mean and rstd [rows] are kept. */
void norm_forward(const void *x, int is_float, bf16 *y, const float *weight, const float *bias, float *mean,
                  float *rstd, long rows, long width, int gelu, float eps) {
#pragma omp parallel for schedule(static)
  for (long r = 0; r < rows; r++) {
    float row[WIDTH_MAX], sum = 0, squares = 0;
    load(x, is_float, r * width, width, row);
    if (gelu) for (long j = 0; j < width; j++) row[j] *= 0.5f * (1 + erff(row[j] * 0.70710678f));
    for (long j = 0; j < width; j++) sum += row[j], squares += row[j] * row[j];
    const float m = sum / width, variance = fmaxf(squares / width - m * m, 0), s = 1 / sqrtf(variance + eps);
    mean[r] = m, rstd[r] = s;
    bf16 *out = y + r * width;
    for (long j = 0; j < width; j++) out[j] = narrow((row[j] - m) * s * weight[j] + bias[j]);
  }
}

/* dx has the type of x; dweight and dbias [width] are added to. */
void norm_backward(const void *x, int is_float, const bf16 *dy, void *dx, const float *weight, const float *mean,
                   const float *rstd, float *dweight, float *dbias, long rows, long width, int gelu) {
#pragma omp parallel
  {
    float *dw = calloc(2 * width, sizeof(float)), *db = dw + width;
#pragma omp for schedule(static)
    for (long r = 0; r < rows; r++) {
      float row[WIDTH_MAX], slope[WIDTH_MAX], grad[WIDTH_MAX], both = 0, alone = 0;
      const float m = mean[r], s = rstd[r];
      load(x, is_float, r * width, width, row);
      if (gelu)
        for (long j = 0; j < width; j++) {
          const float v = row[j], cdf = 0.5f * (1 + erff(v * 0.70710678f));
          slope[j] = cdf + v * 0.39894228f * expf(-0.5f * v * v), row[j] = v * cdf;
        }
      const bf16 *g = dy + r * width;
      for (long j = 0; j < width; j++) {
        const float h = (row[j] - m) * s, d = widen(g[j]), dh = d * weight[j];
        dw[j] += d * h, db[j] += d, both += dh * h, alone += dh, row[j] = h, grad[j] = dh;
      }
      both /= width, alone /= width;
      for (long j = 0; j < width; j++) grad[j] = s * (grad[j] - alone - row[j] * both);
      if (gelu) for (long j = 0; j < width; j++) grad[j] *= slope[j];
      if (is_float) memcpy((float *)dx + r * width, grad, width * sizeof(float));
      else for (long j = 0; j < width; j++) ((bf16 *)dx)[r * width + j] = narrow(grad[j]);
    }
#pragma omp critical
    for (long j = 0; j < width; j++) dweight[j] += dw[j], dbias[j] += db[j];
    free(dw);
  }
}

/* p = softmax(scale * s + penalty) over the last axis; s, p bf16 [rows, keys]; penalty float [rows / share, keys]. */
void softmax_forward(const bf16 *s, bf16 *p, const float *penalty, long rows, long keys, long share, float scale) {
#pragma omp parallel for schedule(static)
  for (long r = 0; r < rows; r++) {
    float row[KEYS_MAX], top = -1e30f, sum = 0;
    const bf16 *in = s + r * keys;
    bf16 *out = p + r * keys;
    for (long j = 0; j < keys; j++) row[j] = widen(in[j]) * scale;
    if (penalty) {
      const float *extra = penalty + r / share * keys;
      for (long j = 0; j < keys; j++) row[j] += extra[j];
    }
    for (long j = 0; j < keys; j++) top = row[j] > top ? row[j] : top;
    for (long j = 0; j < keys; j++) row[j] = expf(row[j] - top), sum += row[j];
    const float inverse = 1 / sum;
    for (long j = 0; j < keys; j++) out[j] = narrow(row[j] * inverse);
  }
}

void softmax_backward(const bf16 *p, const bf16 *dp, bf16 *ds, long rows, long keys, float scale) {
#pragma omp parallel for schedule(static)
  for (long r = 0; r < rows; r++) {
    const bf16 *a = p + r * keys, *g = dp + r * keys;
    float dot = 0;
    for (long j = 0; j < keys; j++) dot += widen(a[j]) * widen(g[j]);
    for (long j = 0; j < keys; j++) ds[r * keys + j] = narrow(widen(a[j]) * (widen(g[j]) - dot) * scale);
  }
}

typedef struct { int near, far; float share; } tap;

/* Bilinear taps of `side` pixels over the stretch [start, start + length) (shares of `source` pixels). */
static void taps(tap *out, long side, long source, float start, float length, int mirrored) {
  for (long i = 0; i < side; i++) {
    const long at = mirrored ? side - 1 - i : i;
    float u = (start + length * (at + 0.5f) / side) * source - 0.5f;
    u = fminf(fmaxf(u, 0), source - 1.001f);
    const int near = (int)u;
    out[i] = (tap){near, near + 1, u - near};
  }
}

/*
 * Crops, mirrors, recolours, resizes and cuts into patches. pictures uint8 [*, source, source, 3]; per picture of the
 * batch: index, box (x, y, width, height as shares), mirrored, gain and bias [3] (of values in -1 … 1).
 * kept int64 [batch, patches] or null for all; out bf16 [batch, patches, 3 * patch * patch], channel first.
 */
void crop_patches(const uint8_t *pictures, long source, const int64_t *index, const float *box, const uint8_t *mirrored,
                  const float *gain, const float *bias, const int64_t *kept, bf16 *out, long batch, long patches,
                  long side, long patch) {
  const long grid = side / patch, area = patch * patch;
#pragma omp parallel for schedule(dynamic, 4)
  for (long b = 0; b < batch; b++) {
    tap across[512], down[512];
    const uint8_t *image = pictures + index[b] * source * source * 3;
    taps(across, side, source, box[b * 4], box[b * 4 + 2], mirrored[b]);
    taps(down, side, source, box[b * 4 + 1], box[b * 4 + 3], 0);
    for (long k = 0; k < patches; k++) {
      const long cell = kept ? kept[b * patches + k] : k, top = cell / grid * patch, left = cell % grid * patch;
      bf16 *target = out + (b * patches + k) * 3 * area;
      for (long y = 0; y < patch; y++) {
        const tap v = down[top + y];
        const uint8_t *upper = image + (long)v.near * source * 3, *lower = image + (long)v.far * source * 3;
        for (long x = 0; x < patch; x++) {
          const tap u = across[left + x];
          for (long c = 0; c < 3; c++) {
            const float one = upper[u.near * 3 + c] + (upper[u.far * 3 + c] - upper[u.near * 3 + c]) * u.share;
            const float two = lower[u.near * 3 + c] + (lower[u.far * 3 + c] - lower[u.near * 3 + c]) * u.share;
            const float value = (one + (two - one) * v.share) / 127.5f - 1;
            target[c * area + y * patch + x] = narrow(value * gain[b * 3 + c] + bias[b * 3 + c]);
          }
        }
      }
    }
  }
}
