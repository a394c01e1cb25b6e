export const usages = {
  start: `npm start [-- OPTIONS]

Runs the desktop application; without a display, a server without a window.

  --data-dir DIR      where licences, leases and settings are kept
  --name NAME         the name that admins and clients see (without a window only)
  --listen HOST:PORT  where clients connect (without a window only)
  --no-mdns           neither look for other servers nor be found (without a window only)
  --peer HOST:PORT    look for another server there (without a window only)
  --config FILE       a configuration file that is applied first (without a window only)
  --start-anew        put a damaged ledger aside and begin an empty one (without a window only)
  --admit-group       let accounts in the group of this process administer the server too (without a
                      window only; not on Windows)

Other options go to Electron.`,
  test: `npm test [-- STAGE… WORD…]

Runs every test, or the stages that are named: check, unit, scenario, simulation, cluster, package, e2e,
and site, windows, wine, wine-e2e and debian, which run only when they are named, as root. site puts three to
eleven servers into networks of their own and takes half an hour; the others make a root with wine, 2 GB, and
one with systemd, 700 MB, and keep them. wine and wine-e2e are the unit tests and the specs of the window as
they run on Windows.
Other words narrow the stages down to the test files that have one of them in their path.`,
  check: `npm run check

Types, lint, format, import rules and dead code of the checkout.`,
  build: `npm run build

Builds src-* into dist/.`,
  demo: `npm run demo [-- triad|pool]

Shows a failover and its end with two servers on this machine, in about half a minute; with triad or
pool, how three or five lose members one after the other.`,
  'package:client': `npm run package:client

Makes the npm package of the licence client in release/, for applications that hold licences.`,
  package: `npm run package [-- linux | OPTIONS OF ELECTRON-BUILDER]

Packages the application into release/: for Windows, a folder, a zip, an installer (MSI) and a
wizard around it; with linux,
a folder, a package for Debian and an archive. xz takes a minute or two for the package.`,
};

/** Prints how a command is used when that is asked for, before anything is set up. */
export function printUsage(name, args) {
  if (!args.includes('--help') && !args.includes('-h')) return false;
  console.log(usages[name]);
  return true;
}
