/** What the page of running calls says in English; `live-zh.ts` has the same keys. */
export const liveEn = {
  live: {
    title: 'Live calls',
    intro: 'The calls that run now, newest first, as they come and go.',
    empty:
      'No call runs now. They appear here the moment they are placed; those that are over are with the calls.',
    filter: 'Number, session or application',
    since: 'Since',
    running_one: '{{count}} call runs',
    running_other: '{{count}} calls run',
    stage: {
      waiting: 'Waits',
      dialling: 'Dials {{party}}',
      ringing: '{{party}} rings',
      answered: '{{party}} answered',
      connected: 'Connected',
    },
    counted: {
      waiting: 'Waiting',
      dialling: 'Dialling',
      ringing: 'Ringing',
      answered: 'One side answered',
      connected: 'Connected',
    },
  },
};
