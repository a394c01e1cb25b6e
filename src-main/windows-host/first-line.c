#include "first-line.h"
#include <string.h>

size_t dropEmptyFirstLine(FirstLine *first, const char *bytes, size_t length, char *to) {
  size_t copied = 0;
  if (length == 0) return 0;
  if (!first->begun && !first->heldReturn && bytes[0] == '\r') {
    first->heldReturn = true;
    bytes++;
    length--;
    if (length == 0) return 0;
  }
  if (!first->begun) {
    first->begun = true;
    if (bytes[0] == '\n') {
      bytes++;
      length--;
    } else if (first->heldReturn) {
      to[copied++] = '\r';
    }
  }
  memcpy(to + copied, bytes, length);
  return copied + length;
}
