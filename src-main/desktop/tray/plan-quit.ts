import type { MessageBoxOptions } from 'electron';
import { describeServed, describeTakeover } from '../../../src-shared/view/moves.ts';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import {
  countLicenses,
  isConnected,
  nameServer,
  protectedLedgers,
  type Served,
} from '../../../src-shared/view/protection.ts';
import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import { servedHere } from './describe-status.ts';

/** What the admin's own Quit would do to licences. */
export interface QuitPlan {
  /** Licences that nobody serves afterwards. */
  stops: Served;
  /** Licences that another server takes over. */
  kept: Served;
  /** Who takes over; null when nobody does. */
  successor: string | null;
  /** Servers whose standby this one is. */
  unprotected: string[];
}

/** Null when nothing would change: no licence is served here, and no server is protected. */
export function planQuit(ui: UiSnapshot): QuitPlan | null {
  const { connection, node } = ui;
  if (connection.mode === 'attached' || connection.state !== 'connected' || !node) return null;
  const successors = new Map(node.ledgers.map(({ id }) => [id, successorOf(node, id)]));
  const isKept = (license: LicenseDetail) =>
    license.failover.configured && (successors.get(license.ledger) ?? null) !== null;
  const served = servedHere(node);
  const kept = served.filter(isKept);
  const names = kept.flatMap(({ ledger }) => successors.get(ledger) ?? []);
  const unprotected = protectedLedgers(node)
    .filter(({ active }) => active !== null && active !== node.server.id)
    .map(({ active }) => nameServer(node, active ?? ''));
  if (served.length === 0 && unprotected.length === 0) return null;
  return {
    stops: countLicenses(served.filter((license) => !isKept(license))),
    kept: countLicenses(kept),
    successor: names[0] ?? null,
    unprotected: [...new Set(unprotected)],
  };
}

/** Who would take a ledger over that this server serves. */
function successorOf(node: NodeSnapshot, ledgerId: string): string | null {
  const here = node.server.id;
  const ledger = protectedLedgers(node).find(({ id }) => id === ledgerId);
  if (ledger?.active !== here || ledger.rule === null) return null;
  const successor = ledger.members.find((id) => id !== here && ledger.synchronised.includes(id));
  return successor !== undefined && isConnected(node, successor)
    ? nameServer(node, successor)
    : null;
}

/**
 * What to ask before the server in this program is stopped for the one that is installed on the machine,
 * or null when nothing would stop.
 */
export function deriveInstalledQuestion(ui: UiSnapshot): MessageBoxOptions | null {
  const plan = planQuit(ui);
  if (!plan) return null;
  const { stops, kept, successor } = plan;
  const passed = successor === null ? '' : describeTakeover(successor, kept);
  const back =
    'Its licences and leases stay where they are, and are served again when you choose the server in ' +
    'this program.';
  return {
    type: 'warning',
    title: 'Use the installed server',
    message:
      stops.licenses > 0
        ? `This stops ${describeServed(stops)}.`
        : passed || 'This ends the protection by the server in this program.',
    detail: [stops.licenses > 0 ? passed : '', back].filter((text) => text !== '').join(' '),
    buttons: ['Stop it and use the installed one', 'Go on serving'],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  };
}

/**
 * What to ask before the admin's own Quit, or null when nothing would stop and nothing is lost. `drafts`:
 * the forms of the window that something was typed into which was not applied.
 */
export function deriveQuitQuestion(
  ui: UiSnapshot,
  drafts: readonly string[] = [],
): MessageBoxOptions | null {
  const plan = planQuit(ui);
  const lost =
    drafts.length === 0
      ? ''
      : `What was typed and not applied would be lost: ${[...new Set(drafts)].join(', ')}.`;
  if (plan) return askOfLicences(plan, lost);
  if (lost === '') return null;
  return {
    ...common,
    message: 'Quit without applying what was typed?',
    detail: lost,
    buttons: ['Discard and quit', 'Stay'],
  };
}

const common = {
  type: 'warning',
  title: 'Quit Understudy',
  defaultId: 1,
  cancelId: 1,
  noLink: true,
} as const satisfies Partial<MessageBoxOptions>;

function askOfLicences(
  { stops, kept, successor, unprotected }: QuitPlan,
  lost: string,
): MessageBoxOptions {
  const close = 'To leave the screen and go on serving, close the window instead.';
  const stopped =
    'No seat can be taken or renewed until Understudy runs again; who holds one keeps it until its ' +
    'time is over.';
  const passed = successor === null ? '' : describeTakeover(successor, kept);
  const alone = unprotected
    .map((name) => `Nothing protects ${name} until Understudy runs here again.`)
    .join(' ');
  const detail =
    stops.licenses > 0
      ? [stopped, passed, alone, lost, close]
      : [
          passed &&
            'Every seat is kept; nothing protects the seats until Understudy runs here again.',
          alone,
          lost,
          close,
        ];
  return {
    ...common,
    message:
      stops.licenses > 0
        ? `Quitting stops ${describeServed(stops)}.`
        : passed || 'Quitting ends the protection by this server.',
    detail: detail.filter((text) => text !== '').join(' '),
    buttons: [stops.licenses > 0 ? 'Quit and stop serving' : 'Quit', 'Go on serving'],
  };
}
