/** What is used of jStat, which comes without types. */
declare module 'jstat' {
  const jStat: {
    readonly studentt: {
      /** The quantile of Student's t distribution; `dof` need not be whole. */
      inv(probability: number, dof: number): number;
    };
  };
  export default jStat;
}
