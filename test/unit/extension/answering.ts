import type { MethodName, ParamsOf, ResultOf } from '../../../agent/protocol/methods';
import { METHODS } from '../../../agent/protocol/methods';
import type { Call } from '../../../extension/agent-link';

type Answers = {
  readonly [M in MethodName]?: (params: ParamsOf<M>) => ResultOf<M> | Promise<ResultOf<M>>;
};

/** A `call` that is answered by functions; what is not among them rejects. */
export function answering(answers: Answers): Call {
  return async (method, params) => {
    const answer = answers[method];
    if (answer === undefined) throw new Error(`nobody answers ${method}`);
    METHODS[method].params.parse(params);
    return answer(params);
  };
}
