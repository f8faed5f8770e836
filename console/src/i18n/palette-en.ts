/** What the command palette says in English; `palette-zh.ts` has the same keys. */
export const paletteEn = {
  palette: {
    title: 'Find a page, a call, or something to do',
    hint: 'Page, number, session, application …',
    nothing: 'Nothing is called so. A call is found by its whole number or session id.',
    place: 'Place a test call',
    shortcuts: 'Keyboard shortcuts',
    singleKeys: 'Single keys alone do something (?)',
    sections: {
      calls: 'Calls',
      pages: 'Pages',
      actions: 'Actions',
      apps: 'Applications',
      numbers: 'Numbers',
    },
    keys: {
      palette: 'Find a page, a call, or something to do',
      shortcuts: 'This list',
      next: 'To the next control; with Shift to the one before',
      arrows: 'Within lists and menus',
      enter: 'Open or press what is focused',
      escape: 'Close what is open',
    },
  },
};
