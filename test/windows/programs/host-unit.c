// Unit tests of what understudy.exe is made of; run by test/windows/host-unit.test.ts. Prints a line per
// failed expectation and ends with their number.
#include "command-line.h"
#include "first-line.h"
#include "restart-policy.h"
#include "rotating-log.h"
#include <shellapi.h>
#include <stdio.h>
#include <string.h>

static int failures;

#define EXPECT(condition)                                       \
  do {                                                          \
    if (!(condition)) {                                         \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);    \
      failures++;                                               \
    }                                                           \
  } while (0)

static void argumentsArriveAsTheyAre(void) {
  static const wchar_t *given[] = {
      L"plain", L"", L"two words", L"a\tb", L"say \"hi\"", L"C:\\Program Files\\x\\", L"C:\\x\\",
      L"\\\\server\\share name\\\\", L"\\\"", L"ends in quote\"", L"ünïcode 漢",
  };
  static CommandLine line;
  EXPECT(appendArgument(&line, L"C:\\Program Files\\Understudy\\understudy.exe"));
  int count = sizeof given / sizeof given[0], got;
  for (int i = 0; i < count; i++) EXPECT(appendArgument(&line, given[i]));
  wchar_t **arguments = CommandLineToArgvW(line.text, &got);
  EXPECT(got == count + 1);
  for (int i = 0; i < count && i + 1 < got; i++) EXPECT(wcscmp(arguments[i + 1], given[i]) == 0);
  LocalFree(arguments);
}

static void aLineThatIsFullStaysAsItIs(void) {
  static CommandLine line;
  static wchar_t longest[COMMAND_LINE_CHARS_MAX + 1];
  wmemset(longest, L'x', COMMAND_LINE_CHARS_MAX);
  EXPECT(!appendArgument(&line, longest));
  EXPECT(line.length == 0 && line.text[0] == L'\0');
  longest[COMMAND_LINE_CHARS_MAX - 1] = L'\0';
  EXPECT(appendArgument(&line, longest));
  EXPECT(!appendArgument(&line, L""));
  EXPECT(!appendVerbatim(&line, L"x"));
  EXPECT(line.length == COMMAND_LINE_CHARS_MAX - 1 && wcslen(line.text) == line.length);
}

static void theProgramsNameIsSkipped(void) {
  EXPECT(wcscmp(argumentsOf(L"understudy status"), L" status") == 0);
  EXPECT(wcscmp(argumentsOf(L"\"C:\\a b\\understudy.exe\"  status \"x y\""), L"  status \"x y\"") == 0);
  EXPECT(wcscmp(argumentsOf(L"C:\\\"a b\"\\u.exe\tstatus"), L"\tstatus") == 0);
  EXPECT(wcscmp(argumentsOf(L"understudy"), L"") == 0);
  EXPECT(wcscmp(argumentsOf(L""), L"") == 0);
}

/** Feeds the pieces one by one, and compares what comes out with `expected`. */
static bool comesOutAs(const char *expected, int count, const char **pieces) {
  FirstLine first = {0};
  char text[100];
  size_t length = 0;
  for (int i = 0; i < count; i++) {
    length += dropEmptyFirstLine(&first, pieces[i], strlen(pieces[i]), text + length);
  }
  return length == strlen(expected) && memcmp(text, expected, length) == 0;
}

static void onlyAnEmptyFirstLineIsDropped(void) {
  EXPECT(comesOutAs("{}\n", 1, (const char *[]){"\r\n{}\n"}));
  EXPECT(comesOutAs("{}\n", 1, (const char *[]){"\n{}\n"}));
  EXPECT(comesOutAs("{}", 3, (const char *[]){"\r", "\n", "{}"}));
  EXPECT(comesOutAs("\n{}", 2, (const char *[]){"\n", "\n{}"}));
  EXPECT(comesOutAs("{}\n\n", 2, (const char *[]){"{}\n", "\n"}));
  EXPECT(comesOutAs("\rx", 2, (const char *[]){"\r", "x"}));
  EXPECT(comesOutAs("\r\rx", 1, (const char *[]){"\r\rx"}));
  EXPECT(comesOutAs("", 2, (const char *[]){"\r", "\n"}));
}

static void delaysDoubleUpToAMinute(void) {
  RestartPolicy policy;
  resetRestarts(&policy);
  static const unsigned long expected[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
  for (int i = 0; i < 8; i++) EXPECT(nextRestartDelayMs(&policy, 500) == expected[i]);
  EXPECT(nextRestartDelayMs(&policy, HEALTHY_AFTER_MS) == 1000);
  EXPECT(nextRestartDelayMs(&policy, HEALTHY_AFTER_MS - 1) == 2000);
}

static void onlyWhatAnotherStartCanChangeIsStartedAgain(void) {
  EXPECT(decideAfterEnd(0, true) == STOPPED_BY_ADMIN);
  EXPECT(decideAfterEnd(2, true) == CALLED_WRONGLY);
  EXPECT(decideAfterEnd(2, false) == CALLED_WRONGLY);
  EXPECT(decideAfterEnd(1, false) == START_FAILED);
  EXPECT(decideAfterEnd(1, true) == START_AGAIN);
  EXPECT(decideAfterEnd(0xC0000005ul, true) == START_AGAIN);
}

static long sizeOf(const wchar_t *path) {
  WIN32_FILE_ATTRIBUTE_DATA found;
  if (!GetFileAttributesExW(path, GetFileExInfoStandard, &found)) return -1;
  return (long)found.nFileSizeLow;
}

static void aLogKeepsItsBoundsAndItsLines(void) {
  wchar_t folder[MAX_PATH], path[MAX_PATH], former[4][MAX_PATH];
  GetTempPathW(MAX_PATH, folder);
  swprintf(path, MAX_PATH, L"%lsunderstudy-log-%lu\\logs\\service.log", folder, GetCurrentProcessId());
  for (int age = 1; age <= 4; age++) swprintf(former[age - 1], MAX_PATH, L"%ls.%d", path, age);
  RotatingLog log;
  EXPECT(openLog(&log, path, 100));
  writeToLog(&log, "one line\nanother", 16);
  noteInLog(&log, "status %d", 7);
  closeLog(&log);
  // The unfinished line, its end, and a line of the host itself.
  EXPECT(sizeOf(path) == 9 + 8 + (long)strlen("2026-01-01T00:00:00Z service: status 7\n"));
  char line[60];
  memset(line, 'x', 59);
  line[59] = '\n';
  EXPECT(openLog(&log, path, 100));
  for (int i = 0; i < 20; i++) writeToLog(&log, line, 60);
  closeLog(&log);
  for (int age = 0; age < 3; age++) EXPECT(sizeOf(former[age]) == 120);
  EXPECT(sizeOf(former[3]) == -1);
  EXPECT(sizeOf(path) > 0 && sizeOf(path) % 60 == 0);
}

static void aLogThatSomebodyHoldsGoesOn(void) {
  wchar_t folder[MAX_PATH], path[MAX_PATH];
  GetTempPathW(MAX_PATH, folder);
  swprintf(path, MAX_PATH, L"%lsunderstudy-held-%lu.log", folder, GetCurrentProcessId());
  RotatingLog log;
  EXPECT(openLog(&log, path, 10));
  // As a virus scanner does: without the right to move it away.
  HANDLE held = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                            OPEN_EXISTING, 0, NULL);
  EXPECT(held != INVALID_HANDLE_VALUE);
  for (int i = 0; i < 5; i++) writeToLog(&log, "0123456789\n", 11);
  EXPECT(sizeOf(path) == 55);
  CloseHandle(held);
  closeLog(&log);
}

static void aLogThatCannotBeOpenedIsQuiet(void) {
  RotatingLog log;
  EXPECT(!openLog(&log, L"C:\\windows\\system32\\kernel32.dll\\logs\\service.log", 100));
  writeToLog(&log, "lost\n", 5);
  noteInLog(&log, "lost too");
  closeLog(&log);
}

int wmain(void) {
  argumentsArriveAsTheyAre();
  aLineThatIsFullStaysAsItIs();
  theProgramsNameIsSkipped();
  onlyAnEmptyFirstLineIsDropped();
  delaysDoubleUpToAMinute();
  onlyWhatAnotherStartCanChangeIsStartedAgain();
  aLogKeepsItsBoundsAndItsLines();
  aLogThatSomebodyHoldsGoesOn();
  aLogThatCannotBeOpenedIsQuiet();
  printf("%d failures\n", failures);
  return failures;
}
