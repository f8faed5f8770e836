/** Why calls ended, by release cause, in English; `causes-zh.ts` has the same keys. */
export const causesEn = {
  causes: {
    '0': 'Somebody hung up: the call took place and ended as calls do.',
    '7001':
      'The account placed more calls than its limits allow just now. Place them later, or raise the limit.',
    '7002':
      'The application placed more calls than its limits allow just now. Place them later, or raise the limit.',
    '7003': 'The number shown was used for more calls than its limits allow. Use another, a pool, or wait.',
    '7004': 'The number dialled is on a black list. Take it off only if whoever it belongs to wants calls.',
    '7108': 'The account is frozen, so nothing was dialled. Its state is on the page of the accounts.',
    '7109': 'All voice ports of the application were taken. Wait for calls to end, or allow it more ports.',
    '8000': 'The platform failed, or ended in the middle of the call. Its log of this time says more.',
    '8001': 'The phone could not be reached and nothing told why. The SIP messages show what was tried.',
    '8002':
      'Instead of ringing, the network played an announcement of failure. Dial the number yourself to hear it.',
    '8003': 'The phone rang until the time for it was over, and nobody answered.',
    '8004': 'The call was refused, or ended, while the phone rang.',
    '8005':
      'The text of the notification could not be spoken. Check the voice of the platform (doctor tells).',
    '8006':
      'A voice file that the call was to play is not there, or not approved. See the page of the voice files.',
    '8007': 'A voice file was there, but could not be played into the call.',
    '8008': 'Keys were asked for, and none was pressed within five seconds.',
    '8009': 'The caller hung up while the callee was being dialled.',
    '8010': 'The call lasted as long as its request allowed (maxDuration), and was ended then.',
    '8012': 'The application was removed or is unknown.',
    '8015': 'The call could not be recorded. Is there room on the disk, and is the bucket in reach?',
    '8017': 'The application asked for the call to be ended, or somebody did so here.',
    '8018': 'The application may not do what was asked.',
    '8020': 'The platform was stopped, or a service that it needs was out of order.',
    '8100': 'The callee’s number does not exist. Check how it was written, with its country.',
    '8101': 'The callee did not answer.',
    '8102': 'The callee was in another call.',
    '8103': 'The callee cannot be reached for now: out of coverage, or the network is disturbed. Try later.',
    '8104': 'The callee’s phone is switched off.',
    '8105': 'The callee rejected the call, or their line is suspended.',
    '8106': 'The caller’s number does not exist. Check how it was written, with its country.',
    '8107': 'The caller did not answer, so the callee was never dialled.',
    '8108': 'The caller was in another call, so the callee was never dialled.',
    '8109': 'The caller cannot be reached for now, so the callee was never dialled. Try later.',
    '8110': 'The caller’s phone is switched off, so the callee was never dialled.',
    '8111': 'The caller rejected the call, or their line is suspended, so the callee was never dialled.',
  },
};

export type Cause = keyof typeof causesEn.causes;
