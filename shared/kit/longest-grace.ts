/** The longest that something put back is left alone, in seconds: seven days. */
export const LONGEST_GRACE = 7 * 86_400
