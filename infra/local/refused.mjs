/** What cannot run as it was asked for: the message is for the person at the terminal and needs no stack. */
export class Refused extends Error {}
