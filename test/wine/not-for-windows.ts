/** Unit tests that have nothing to say of Windows, by what their path begins with below `test/unit`. */
const withoutMatter: readonly [path: string, reason: string][] = [
  ['check/', 'the tools that check the sources are for those who develop, on Linux'],
  ['scripts/', 'the scripts set up, build and package on Linux'],
  ['desktop/desktop-settings-store', 'Electron’s own Node does not load the package electron'],
];

/** Why a file of unit tests is not run on Windows; undefined: it is. */
export function whyNotRun(file: string): string | undefined {
  return withoutMatter.find(([path]) => file.startsWith(path))?.[1];
}

interface Excuse {
  /** Below `test/unit`. */
  file: string;
  /** What the whole name of the test has in it. */
  name: string;
  reason: string;
}

/** Tests that fail under wine for what wine is, and not the product. */
const excuses: readonly Excuse[] = [
  {
    file: 'client-api/limits.test.ts',
    name: 'which is long to make, has a limit',
    reason: 'so many requests take longer than a second under wine, and keep to the limit',
  },
  {
    file: 'client-api/limits.test.ts',
    name: 'many clients that come at once',
    reason: 'three hundred handshakes take longer under wine than the ten seconds that one may',
  },
  {
    file: 'client-api/bad-requests.test.ts',
    name: '10,000 bad requests',
    reason: 'wine copies what Windows maps into memory, and takes minutes for them',
  },
];

/** Why a test that failed says nothing of the product; undefined: it does. */
export function excuseOf(file: string, name: string): string | undefined {
  return excuses.find((one) => one.file === file && name.includes(one.name))?.reason;
}

/** Specs of the window that have nothing to say of Windows. */
const specsWithoutMatter: Partial<Record<string, string>> = {
  'tray.spec.ts': 'the tray of Linux is on D-Bus',
  'notifications.spec.ts': 'the notifications of Linux are on D-Bus',
};

/** Why a spec of the window is not run on Windows, by its name and text; undefined: it is. */
export function whyNoSpec(file: string, text: string): string | undefined {
  const asksServer = text.includes("from './support/understudy.ts'");
  return (
    specsWithoutMatter[file] ??
    (asksServer ? 'it asks the server by a Unix socket, which is a pipe on Windows' : undefined)
  );
}
