import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { withEagerFunctions } from '../../scripts/eager-functions.ts';

describe('an arrow function', () => {
  it.each([
    ['without parameters', 'const f=()=>1;', 'const f=(function(){return 1});'],
    ['with one parameter', 'const f=a=>a;', 'const f=(function(a){return a});'],
    ['with parameters', 'const f=(a,{b},...c)=>c;', 'const f=(function(a,{b},...c){return c});'],
    ['with a block', 'const f=(a)=>{g(a)};', 'const f=(function(a){g(a)});'],
    ['with a block and no parameters', 'const f=()=>{};', 'const f=(function(){});'],
    ['that is asynchronous', 'const f=async a=>await a;', 'const f=(async function(a){return await a});'],
    ['that is asynchronous, without parameters', 'f(async()=>{});', 'f((async function(){}));'],
    ['that returns an object', 'const f=()=>({a:1});', 'const f=(function(){return ({a:1})});'],
    ['that returns the last of several', 'f(()=>(a,b));', 'f((function(){return (a,b)}));'],
    ['whose body begins on another line', 'const f=()=>\n1;', 'const f=(function(){return 1});'],
    ['that returns another', 'const f=a=>b=>a;', 'const f=(function(a){return (function(b){return a})});'],
    ['in the default of a parameter', 'f((a=b=>b)=>a);', 'f((function(a=(function(b){return b})){return a}));'],
    ['in a template', 'const t=`=>$' + '{f(a=>a)}`;', 'const t=`=>$' + '{f((function(a){return a}))}`;'],
    ['in a method', 'class A{m(){f(a=>a)}}', 'class A{m(){f((function(a){return a}))}}'],
    [
      'around a function with its own this',
      'f(()=>function(){this.a});',
      'f((function(){return function(){this.a}}));',
    ],
  ])('%s becomes a function expression in parentheses', (_, code, expected) => {
    expect(withEagerFunctions(code)).toBe(expected);
  });

  it.each([
    ['this', 'class A{m(){f(()=>this.a)}}'],
    ['this in an inner one', 'class A{m(){f(()=>()=>this.a)}}'],
    ['this in the default of a parameter', 'class A{m(){f((a=this.a)=>a)}}'],
    ['super', 'class A extends B{m(){f(()=>super.m())}}'],
    ['new.target', 'function F(){f(()=>new.target)}'],
    ['arguments', 'function F(){f(()=>arguments.length)}'],
    ['this in a field', 'class A{f=()=>this.a}'],
  ])('that uses %s of what is around it stays', (_, code) => {
    expect(withEagerFunctions(code)).toBe(code);
  });

  it('does the same afterwards', () => {
    const code = `
      class A { constructor(n) { this.n = n; } add = (m) => this.n + m; }
      const twice = (f) => (n) => f(f(n)), named = () => ({ name: named.name });
      function count() { return [1, 2].map((n) => arguments.length + n); }
      const sorted = [[3, 1], [2]].flatMap((each) => each.sort((a, b) => a - b));
      JSON.stringify([twice(new A(2).add)(1), named(), count('a', 'b'), sorted]);`;
    const run = (text: string): unknown => new Script(text).runInNewContext();
    expect(withEagerFunctions(code).match(/=>/g)).toHaveLength(2);
    expect(run(withEagerFunctions(code))).toBe(run(code));
    expect(run(code)).toBe('[5,{"name":"named"},[3,4],[1,3,2]]');
  });
});

it('leaves code without arrow functions as it is', () => {
  const code = "import a from 'a';const s='=>';export function f(){return/=>/.test(s)}";
  expect(withEagerFunctions(code)).toBe(code);
});
