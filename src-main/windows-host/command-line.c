#include "command-line.h"

static bool append(CommandLine *line, wchar_t character, size_t times) {
  if (times >= COMMAND_LINE_CHARS_MAX - line->length) return false;
  for (; times > 0; times--) line->text[line->length++] = character;
  line->text[line->length] = L'\0';
  return true;
}

static bool appendQuoted(CommandLine *line, const wchar_t *argument) {
  if (line->length > 0 && !append(line, L' ', 1)) return false;
  if (*argument != L'\0' && wcspbrk(argument, L" \t\n\v\"") == NULL) {
    return appendVerbatim(line, argument);
  }
  if (!append(line, L'"', 1)) return false;
  for (const wchar_t *at = argument;; at++) {
    size_t backslashes = 0;
    for (; *at == L'\\'; at++) backslashes++;
    // Backslashes count double before a quotation mark only, and the closing one is such.
    bool beforeQuote = *at == L'"' || *at == L'\0';
    if (!append(line, L'\\', beforeQuote ? 2 * backslashes : backslashes)) return false;
    if (*at == L'\0') return append(line, L'"', 1);
    if (*at == L'"' && !append(line, L'\\', 1)) return false;
    if (!append(line, *at, 1)) return false;
  }
}

bool appendArgument(CommandLine *line, const wchar_t *argument) {
  size_t before = line->length;
  if (appendQuoted(line, argument)) return true;
  line->length = before;
  line->text[before] = L'\0';
  return false;
}

bool appendVerbatim(CommandLine *line, const wchar_t *text) {
  size_t length = wcslen(text);
  if (length >= COMMAND_LINE_CHARS_MAX - line->length) return false;
  wmemcpy(line->text + line->length, text, length + 1);
  line->length += length;
  return true;
}

const wchar_t *argumentsOf(const wchar_t *commandLine) {
  bool quoted = false;
  const wchar_t *at = commandLine;
  for (; *at != L'\0' && (quoted || (*at != L' ' && *at != L'\t')); at++) {
    if (*at == L'"') quoted = !quoted;
  }
  return at;
}
