/** Something the test cluster needs is missing or does not start. The message is complete: it is shown without a stack. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** The exit code of `inside.ts` when the cluster did not start (EX_SOFTWARE of sysexits); no test runner uses it. */
export const startFailed = 70;
