/** The operator's policy, checked and compiled into the bundle by `deploy/bundle.ts`. */
declare module '#policy' {
  const policy: import('#shared/policy/schema.ts').Policy
  export default policy
}
