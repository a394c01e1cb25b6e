#pragma once
#include <stdbool.h>
#include <wchar.h>

/** The longest command line that Windows takes, with the NUL. */
#define COMMAND_LINE_CHARS_MAX 32767

typedef struct {
  wchar_t text[COMMAND_LINE_CHARS_MAX];
  size_t length;
} CommandLine;

/**
 * Adds an argument so that the program gets it as it is, whatever is in it (the rules of
 * CommandLineToArgvW). False when it has no room; the line is as it was then.
 */
bool appendArgument(CommandLine *line, const wchar_t *argument);

/** Adds text that is a piece of a command line already. False when it has no room. */
bool appendVerbatim(CommandLine *line, const wchar_t *text);

/** What follows the program's name in a command line, with the space before it. */
const wchar_t *argumentsOf(const wchar_t *commandLine);
