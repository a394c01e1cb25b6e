#pragma once
#include <stdbool.h>
#include <stddef.h>

/**
 * Electron begins its output with an empty line, for prompts that do not wait. It is taken out, and
 * nothing else: programs read this output.
 */
typedef struct {
  bool begun;
  bool heldReturn;
} FirstLine;

/**
 * Copies `length` bytes to `to`, which has room for one more, without an empty first line. Returns how
 * many were copied; a lone carriage return at the very beginning waits for what follows it.
 */
size_t dropEmptyFirstLine(FirstLine *first, const char *bytes, size_t length, char *to);
