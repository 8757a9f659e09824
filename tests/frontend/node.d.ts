// What the tests use of Node, as far as their type check needs to know it.

declare module "node:*";
declare const process: any;
declare const Buffer: any;
type Buffer = any;
declare function setImmediate(run: (...values: any[]) => void, ...values: any[]): void;
declare namespace NodeJS {
  type Timeout = number;
}
