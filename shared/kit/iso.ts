/** Milliseconds since 1970 as an ISO time. */
export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString()
