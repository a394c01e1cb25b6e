import { copyRemedy } from '../../../../src-shared/view/describe-copy.ts';
import type { LinkProblem } from './link-event.ts';
import type { DialFailure } from './peer-dial.ts';
import type { LinkRefusalCode } from './link-message.ts';

/** Why a server could not be connected to, and what to do. */
export function describeDialProblem(
  address: string,
  { failure, detail }: { failure: DialFailure; detail: string },
): LinkProblem {
  switch (failure) {
    case 'refused':
      return {
        code: 'REFUSED',
        message:
          `No program accepts connections at ${address}. Start Understudy there, and compare the ` +
          'port with the one in its settings.',
      };
    case 'unanswered':
      return {
        code: 'UNANSWERED',
        message:
          `${address} does not answer. Check that the host is up, and that the firewalls between ` +
          'the two let the TCP port pass.',
      };
    case 'unreachable':
      return {
        code: 'UNREACHABLE',
        message: `${address} cannot be reached (${detail}). Check the name and the network.`,
      };
    case 'notUnderstudy':
      return {
        code: 'NOT_UNDERSTUDY',
        message:
          `What answers at ${address} cannot be paired with (${detail}). Check the port, and that an ` +
          'Understudy of a version that can be paired runs there.',
      };
  }
}

/** Another server answers than the one that was called. */
export function describeOtherKey(address: string, id: string): LinkProblem {
  return {
    code: 'OTHER_KEY',
    message:
      `What answers at ${address} shows another key (${id}) than the one paired with. If its key ` +
      'was replaced, forget the old pairing and pair again; if not, another server has that ' +
      'address now.',
  };
}

/** Two servers have the identity of one that is paired with this one. */
export function describeCopy(name: string, address: string): string {
  return (
    `A second server with the identity of ${name} calls from ${address} and is refused: ` +
    copyRemedy
  );
}

/** A server that was paired says that it knows of no pairing, nor of an end of it. */
export function describeUnknownThere(name: string): string {
  return (
    `${name} does not know this server any more: its data directory was put back to a state from before the ` +
    'pairing, or emptied. Pair the two again: what this server has is kept. If an admin ended the pairing ' +
    'there, forget it here too.'
  );
}

/** Why the other server, or this one, refused the connection. */
export function describeRefusal(code: LinkRefusalCode, address: string): LinkProblem {
  return { code, message: refusalText(code, address) };
}

function refusalText(code: LinkRefusalCode, address: string): string {
  switch (code) {
    case 'PROTOCOL_VERSION':
      return (
        `The server at ${address} speaks another version of the protocol. Install the same version ` +
        'of Understudy on both.'
      );
    case 'PROTOCOL_ERROR':
      return `The server at ${address} and this one do not understand each other. Install the same version of Understudy on both.`;
    case 'ID_MISMATCH':
      return `The server at ${address} claims an id that is not that of its key. Check the address, and which server has it.`;
    case 'NOT_PAIRED':
      return `The server at ${address} does not take this one for paired. Pair the two again.`;
    case 'PAIRING_REFUSED':
      return (
        `The server at ${address} did not accept the code: it is mistyped, has been used, is older ` +
        'than 10 minutes, or was tried wrongly too often. Make a new one there.'
      );
    case 'SAME_IDENTITY':
      return (
        `The server at ${address} is connected to another server that has the same identity as this ` +
        `one: ${copyRemedy}`
      );
    case 'PAIRING_LIMIT':
      return `The server at ${address} is paired with as many servers as it can be. Forget one there first.`;
  }
}
