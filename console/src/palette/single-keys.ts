/** Whether a single key alone does something; whoever speaks to their machine switches it off (WCAG 2.1.4). */
const KEPT = 'ovc-single-keys';

export const areSingleKeysOn = (): boolean => localStorage.getItem(KEPT) !== 'off';

export const setSingleKeys = (on: boolean): void => localStorage.setItem(KEPT, on ? 'on' : 'off');
