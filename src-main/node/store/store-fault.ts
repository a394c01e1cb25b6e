/** Why nothing is written when the reason is a bug: as other failures of the store, without a full stop. */
export const storeFault =
  'Understudy met an internal error, which its log has. Stop the server and start it again; if that does ' +
  'not help, send a support bundle to whoever supports it';
