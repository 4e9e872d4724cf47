// Written from the engine's own descriptions by `UPDATE_EXPECT=1 cargo test -p unmask-engine --test catalog`.

/** Values of `select`: method and parameters. */
export interface SelectMethods {
  /** Commits everything that is sure enough, and always the surest. (Fast-dLLM v1, arXiv 2505.22618) */
  threshold: {
    /** The least confidence that is committed. Default: 0.9. */
    threshold?: number;
  };
  /** Commits the surest few of each step, so many that the block is full after its share of the steps. Without a number of steps it is one token a step, the slowest and the reference. (LLaDA, arXiv 2502.09992) */
  even: {
    /** Steps over the whole canvas; one per open position where absent. Default: derived. */
    steps?: number;
  };
  /** Commits positions by chance, in even steps. With less noise, confidence decides and chance only varies the order. (LLaDA, arXiv 2502.09992; the mixture is DiffuGuard's) */
  random: {
    /** Steps over the whole canvas; one per open position where absent. Default: derived. */
    steps?: number;
    /** Share of chance in the order; the rest is confidence. Default: 1. */
    noise?: number;
  };
  /** Commits in each step the share of the masks that its timesteps ask for: the surest by entropy, probability or margin, or each by chance. Steps that would commit nothing cost no forward. (Dream (DreamLM/Dream), DiffuCoder) */
  dream: {
    /** What is sure: low entropy, high probability, a wide margin; origin leaves it to chance. Default: entropy. */
    order?: "entropy" | "maskgit_plus" | "topk_margin" | "origin";
    /** Steps over the whole canvas; one per open position where absent. Default: derived. */
    steps?: number;
    /** The timestep that the last step starts above. Default: 0.001. */
    epsilon?: number;
    /** Above 0 the order is drawn by softmax(score / alg_temp) and not strict. Default: 0. */
    alg_temp?: number;
  };
  /** Commits a fixed number in each step, the surest of the block or its leftmost: what block-diffusion models are compared with. (SDAR, JetAstra/SDAR) */
  static: {
    /** Steps over the whole canvas; one per open position where absent. Default: derived. */
    steps?: number;
    /** Which go first: the surest, or the leftmost. Default: confidence. */
    order?: "confidence" | "position";
  };
  /** Commits everything that is surer than the threshold, but never fewer than an even share of the block. (SDAR (JetAstra/SDAR), TraDo, LLaDA2.0) */
  dynamic: {
    /** What is surer than this is committed. Default: 0.9. */
    threshold?: number;
    /** Steps over the whole canvas; one per open position where absent. Default: derived. */
    steps?: number;
  };
  /** Commits the more at once the surer they are together, and always the surest. (Fast-dLLM v1, arXiv 2505.22618) */
  factor: {
    /** How bold; 1 is what the theory allows. Default: 1. */
    factor?: number;
  };
  /** Commits everything that is sure enough, asks for less in the neighbourhood of those, and always takes the surest. (LocalLeap, arXiv 2510.07081) */
  localleap: {
    /** The least confidence of an anchor. Default: 0.9. */
    threshold?: number;
    /** The least confidence near an anchor. Default: 0.75. */
    relaxed?: number;
    /** How many positions away is near. Default: 4. */
    radius?: number;
  };
  /** Commits what is sure enough, and of each run of masks the best if it is fairly sure: tokens far apart depend less on each other. (dInfer, arXiv 2510.08666) */
  hierarchical: {
    /** What is surer than this is committed. Default: 0.92. */
    high?: number;
    /** The best of a run is committed if it is surer than this. Default: 0.62. */
    low?: number;
  };
  /** Commits boldly, up to a part of the masks and at most twenty; meant to be paired with a revision that takes back what turns out wrong. (WINO (Feng-Hong/WINO-DLLM)) */
  wide: {
    /** What is surer than this is committed. Default: 0.6. */
    threshold?: number;
  };
  /** Goes slowly until it is clear how far confidence reaches, then commits in that stretch whatever is sure enough until it is full. (SlowFast (LiangrunFlora/Slow-Fast-Sampling)) */
  slowfast: {
    /** The least confidence that is committed. Default: 0.9. */
    threshold?: number;
    /** The least confidence that counts as in sight. Default: 0.3. */
    reach?: number;
    /** Slow steps before the horizon is settled anyway. Default: 6. */
    patience?: number;
  };
  /** Commits everything of low entropy, and always the lowest. Made for weights that were distilled for it. (dParallel (czg1225/dParallel), d3LLM, arXiv 2601.07568) */
  entropy: {
    /** The most entropy that is committed, in nats; 0.4 to 0.45 for models of Dream's kind. Default: 0.5. */
    limit?: number;
  };
  /** Commits the surest as long as their entropies, all but the largest, stay within a bound together: many easy tokens share one budget of error. (EB-Sampler, arXiv 2505.24857) */
  entropy_bound: {
    /** The bound in nats; 0 is one token a step. Default: 0.1. */
    gamma?: number;
    /** Which go first: those of low entropy, high probability, or a wide margin. Default: entropy. */
    order?: "entropy" | "confidence" | "margin";
  };
  /** Commits everything that is sure enough, where a token is surer the longer it has been the likeliest of its position; always the surest. (CreditDecoding, arXiv 2510.06133) */
  credit: {
    /** The least fused confidence that is committed. Default: 0.9. */
    threshold?: number;
    /** How much credit counts. Default: 0.7. */
    alpha?: number;
    /** How much credit is left after a step. Default: 0.8. */
    beta?: number;
    /** Exponent of earned confidence; below 1 it favours the unsure. Default: 0.2. */
    gamma?: number;
  };
  /** Commits everything that is fairly sure and whose distribution has not moved for some steps; where nothing is, an even share of the surest. (KLASS, arXiv 2511.05664) */
  klass: {
    /** What is surer than this may be committed. Default: 0.6. */
    threshold?: number;
    /** A divergence from the step before that is smaller has not moved, in nats. Default: 0.015. */
    limit?: number;
    /** So many steps in a row. Default: 2. */
    history?: number;
    /** Steps over the whole canvas; one per open position where absent. Default: derived. */
    steps?: number;
  };
  /** Commits every proposal that a small network, which reads the confidences of the whole block, expects to stay, and never fewer than an even share. The network was trained for models/tiny in blocks of 8; a longer block is read in windows of 8. (Learn2PD, ims-kdks/Learning-to-Parallel-Decoding) */
  learn2pd: {
    /** A proposal that the network is surer of than this is committed. Default: 0.96. */
    threshold?: number;
    /** Steps over the whole canvas; one per open position where absent. Default: derived. */
    steps?: number;
  };
  /** Commits what a small network is ready to commit, which reads the confidences of the block and was trained by reinforcement to end with the right answer after few forwards. It was trained for models/tiny, in blocks of any length; of a long one it looks at 64 positions. (Learning Unmasking Policies, arXiv 2512.09106) */
  unmasking_policy: {
    /** What is committed: everything above the threshold; each position by chance, as in training. Default: threshold. */
    rule?: "threshold" | "bernoulli";
    /** Of rule threshold: what the network is readier to commit than this. Default: 0.5. */
    threshold?: number;
    /** Divides the network's logits: above 1 everything is nearer to an even chance. Default: 1. */
    temperature?: number;
  };
  /** Commits from the left and rare tokens first, in even steps, so that end marks and punctuation do not run ahead. Every token counts as equally rare unless a library user gives frequencies. (PC-Sampler (NEUIR/PC-Sampler)) */
  pc_sampler: {
    /** Steps over the whole canvas; one per open position where absent. Default: derived. */
    steps?: number;
    /** How strongly the left is preferred; 0 not at all. Default: 0.25. */
    lambda?: number;
    /** What rarity can count at most. Default: 10. */
    alpha?: number;
  };
  /** Commits in even steps what is sure and has known tokens around it: a soft order from left to right without blocks. (d2Cache (Kamichanw/d2Cache)) */
  certainty_prior: {
    /** Steps over the whole canvas; one per open position where absent. Default: derived. */
    steps?: number;
    /** How far around is looked, in positions; less is more from left to right. Default: 10. */
    sigma?: number;
  };
  /** Commits everything surer than the average token so far, and a few always. Meant to go with the revise method of the same name. (Saber, zhaoyMa/Saber) */
  saber: {
    /** Tokens that a step commits at least; half of it bounds from below what is taken back. Default: 2. */
    floor?: number;
  };
  /** Fills everything and keeps the surest, so many more in each step; with the revise method of the same name, earlier tokens compete too. (P2 self-planning, pengzhangzhi/Open-dLLM) */
  p2: {
    /** Steps over the whole canvas, the same for the select and the revise piece; one per open position where absent or where there are more. Default: derived. */
    steps?: number;
  };
  /** Fills everything and keeps the surest, so many more in each step; with the revise method of the same name, earlier tokens compete with what they were worth when they were written. (RCR, arXiv 2508.13148) */
  running_confidence: {
    /** Steps over the whole canvas, the same for the select and the revise piece; one per open position where absent or where there are more. Default: derived. */
    steps?: number;
  };
  /** For causal models: shows the model a guess of the next tokens and keeps as many as it would have written itself. The text is that of one token a step; what was guessed wrong is the next guess. On other models it commits the leftmost position. (Jacobi decoding, arXiv 2305.10427; refill of Jacobi Forcing, arXiv 2512.14681) */
  jacobi: {
    /** Tokens guessed in each step, beside the one that is certain. Default: 7. */
    ahead?: number;
  };
  /** Drafts the canvases of the next steps, reads all of them in one forward and takes every step that comes out as drafted. At temperature 0 the text is that of one step a forward, token for token; each draft costs the rows of a block more. (FreeDave, cychomatica/FreeDave, arXiv 2510.00294) */
  freedave: {
    /** Canvases that are read beside the present one. Default: 3. */
    drafts?: number;
    /** A step commits what is at least so sure, as with the method threshold; one token where absent. Default: derived. */
    threshold?: number;
  };
  /** Reads the canvas together with branches that have one more token each, the likeliest ones the last step left open, and goes on with the one where the network is surest of what is left. Fewer forwards than a threshold alone, of several times the rows, and another text. (LoPA, zhijie-group/LoPA) */
  lopa: {
    /** Branches beside the canvas itself. Default: 4. */
    branches?: number;
    /** The least confidence that is committed, in the canvas and its branches alike. Default: 0.9. */
    threshold?: number;
  };
  /** For block-causal models: fills the first run of masks, has the model in blocks of one read it in a second forward, and keeps as much as that would have written itself, and its next token. Where too little of a draft is likely to stand, and on other models, it is the method dynamic. (S2D2, phymhan/S2D2, arXiv 2603.25702) */
  s2d2: {
    /** What is surer than this is committed where nothing is verified. Default: 0.9. */
    threshold?: number;
    /** Steps over the whole canvas; one per open position where absent. Default: derived. */
    steps?: number;
    /** What an expected token of a draft is weighed against: every token that the threshold would commit, or the one that is certain. Default: dynamic. */
    routing?: "dynamic" | "static";
    /** Expected tokens that such a token counts for; 0 verifies every draft. Default: 1. */
    cost?: number;
  };
  /** For models that were trained in both ways (Nemotron-Labs-Diffusion): fills the block at once, reads it in a second forward as a causal model, and keeps as much as that would have written itself, and its next token. At temperature 0 the text is that of the causal model, token for token. On other models it commits the leftmost position. (LinearSpec, sgl-project/sglang, Nemotron-Labs-Diffusion, arXiv 2607.05722) */
  linear_spec: {
  };
}

/** Values of `revise`: method and parameters. */
export interface ReviseMethods {
  /** What is committed stays. (LLaDA, Dream) */
  none: {
  };
  /** Asks the network in the same forward what it would say at a written position if it could not see it, and opens what it doubts. Costs a second row for every position of the block as soon as one is written; drafts with the select method wide. (WINO, Feng-Hong/WINO-DLLM) */
  wino: {
    /** A written token less likely than this is opened again. Default: 0.9. */
    threshold?: number;
  };
  /** Opens the few written positions at which the network became less sure since the forward before, always fewer than the step commits. Meant to go with the select method of the same name. (Saber, zhaoyMa/Saber) */
  saber: {
    /** Tokens that a step commits at least; half of it bounds from below what is taken back. Default: 2. */
    floor?: number;
  };
  /** Opens written positions by chance, so that more steps make a better text. Give it the steps of the select piece. (ReMDM, kuleshov-group/remdm) */
  remdm: {
    /** How likely a position is opened: at most eta; eta of what the step allows; what the step allows, shared out to the least sure; eta, while the text is almost done. Default: cap. */
    schedule?: "cap" | "rescale" | "conf" | "loop";
    /** Strength: 0.008 for cap, 0.015 for rescale, 0.02 for loop where absent; conf has none. Default: derived. */
    eta?: number;
    /** Steps over the whole canvas; one per open position where absent. Default: derived. */
    steps?: number;
    /** Loop: the part of a block that is written when it begins. Default: 0.9. */
    alpha_on?: number;
    /** Loop: the time, from 1 down to 0, at which it begins. Default: 0.55. */
    t_on?: number;
    /** Loop: the time at which it ends. Default: 0.05. */
    t_off?: number;
    /** Positions that the whole run opens at most; as many as are open at its beginning where absent. Default: derived. */
    openings?: number;
  };
  /** Ranks written and open positions together by how sure the network is of them now, and opens what falls out of the number that the step may keep. Meant to go with the select method of the same name and the same steps. (P2 self-planning, pengzhangzhi/Open-dLLM) */
  p2: {
    /** Steps over the whole canvas, the same for the select and the revise piece; one per open position where absent or where there are more. Default: derived. */
    steps?: number;
  };
  /** Overwrites a written token where the network is sure of another one, and reads a full block again until nothing changes. Needs a model that was trained for it, LLaDA2.1; others may be harmed. (LLaDA2.1 token editing, arXiv 2602.08676) */
  edit: {
    /** The other token must be likelier than this: 0 in the authors' speed mode, 0.5 in their quality mode, 0.9 to be careful. Default: 0.5. */
    threshold?: number;
    /** Passes over a full block at most. Default: 16. */
    passes?: number;
  };
  /** Opens written tokens that look wrong to the network now that it sees more, and reads a full block again until none does. Works with any model. (T2M, arXiv 2604.18738) */
  token_to_mask: {
    /** What looks wrong: the token is unlikely; another one is sure; its probability changed much since the forward before. Default: low_prob. */
    trigger?: "low_prob" | "t2t_remask" | "logit_diff";
    /** Of the trigger: below this probability (0.5 where absent), above this probability (0.9), by more than this (0.3). Default: derived. */
    threshold?: number;
    /** How often one position is opened at most. Default: 5. */
    per_position?: number;
    /** Part of the block's written positions that a step opens at most; one is always allowed. Default: 0.25. */
    share?: number;
  };
  /** Ranks written and open positions together, the written ones by the confidence they were written with, and opens what falls out of the number that the step may keep. Meant to go with the select method of the same name and the same steps. (RCR, arXiv 2508.13148) */
  running_confidence: {
    /** Steps over the whole canvas, the same for the select and the revise piece; one per open position where absent or where there are more. Default: derived. */
    steps?: number;
  };
}

/** Values of `structure`: method and parameters. */
export interface StructureMethods {
  /** Blocks of one size, left to right; without a size the whole canvas is one. (LLaDA) */
  blocks: {
  };
  /** Blocks, left to right, that end at the likeliest line break ahead; where none is likely enough they have the size of a block (32). For models with full attention. (AdaBlock-dLLM, arXiv 2509.26432) */
  adablock: {
    /** The least confidence of a line break that ends a block; Dream wants 0.5. Default: 0.3. */
    delimiter_threshold?: number;
    /** How far to look for a line break, as a part of the canvas. Default: 0.25. */
    window?: number;
  };
  /** Lengthens the canvas until the model expects the text to end on it, then fills it in blocks (of 32) and inserts room where the model is least sure. For models that fill what is left with end tokens; made for select threshold. (DAEDAL, arXiv 2508.00819) */
  daedal: {
    /** Positions that the canvas may grow to, the prompt not counted; the model's context is a limit too. Default: 2048. */
    max_length?: number;
    /** Positions added at a time: at the end first, later in place of one. Default: 8. */
    growth?: number;
    /** End tokens that are looked for. Default: 32. */
    window?: number;
    /** How sure the end must be before filling begins. Default: 0.5. */
    length_threshold?: number;
    /** How sure the end must be for nothing to be inserted any more. Default: 0.9. */
    expand_threshold?: number;
    /** Room is inserted at positions that are less sure than this. Default: 0.1. */
    low?: number;
  };
  /** Lengthens the canvas while few open positions propose the end of the text and shortens it while many do, filling blocks (of 32) all along. For models that fill what is left with end tokens; made for select threshold. (rho-EOS (yjyddq/rho-EOS)) */
  rho_eos: {
    /** Positions that the canvas may grow to, the prompt not counted; the model's context is a limit too. Default: 2048. */
    max_length?: number;
    /** The canvas grows below this share of end tokens. Default: 0.4. */
    low?: number;
    /** The canvas shrinks above this share. Default: 0.6. */
    high?: number;
    /** The least number of positions added or dropped. Default: 8. */
    growth?: number;
    /** How growth multiplies with every further tenth from the band: doubling, counting, or not at all; by 8 at most. Default: exp. */
    scheduler?: "exp" | "linear" | "const";
    /** Steps after which the length stays. Default: 64. */
    adjust_steps?: number;
  };
  /** Lets the model write a token that becomes two open positions and one that deletes its own. For DreamOn checkpoints; made for one token a step. (DreamOn, arXiv 2602.01326) */
  dreamon: {
    /** Expansions of a run; twice the positions that canvas and room have where absent. Default: derived. */
    budget?: number;
    /** What an end token deletes: its position, or the open ones to the right as well. Default: one. */
    delete?: "one" | "rest";
  };
  /** Blocks of one size, left to right; the canvas is cut behind an end token as soon as one is committed or sure enough anywhere on it, so that no forward is spent on padding. (Learn2PD) */
  end_of_text: {
    /** The least confidence of an end token that is not committed yet; 0 cuts at any, as published. Default: 0.9. */
    floor?: number;
  };
  /** Several blocks (of 32) are open at once: the next one opens when a part of the last is written, and must make progress when most of its predecessor is. For models distilled for it. (D2F, arXiv 2508.09192; d3LLM (hao-ai-lab/d3LLM)) */
  pipelined: {
    /** d2f: every active block commits something, thresholds are exceeded; d3llm: the first one does and the block of the surest position, thresholds are reached. Default: d2f. */
    variant?: "d2f" | "d3llm";
    /** The written part at which the next block opens. Default: 0.1. */
    add?: number;
    /** The written part at which the next block becomes fully active. Default: 0.95. */
    active?: number;
    /** Blocks that are open at once, at most. Default: 4. */
    open_blocks?: number;
  };
  /** Parts of a block, from left to right: fewer positions are open at once than the model's blocks hold. With the cache "sub_blocks" a step forwards the part alone. (Fast-dLLM v2, arXiv 2509.26328) */
  sub_blocks: {
    /** Positions of a part; the last of a block may be shorter. Default: 8. */
    size?: number;
  };
}

/** Values of `exit`: method and parameters. */
export interface ExitMethods {
  /** At a stop token; by default at the first one once nothing before it is open. (Fast-dLLM v2, dInfer, SDAR, FreeDave) */
  eos: {
    /** When: nothing before the first stop token is open; the block that holds it is full; some block is full and a stop token is anywhere; a whole block is stop tokens and padding. Default: first_open. */
    rule?: "first_open" | "block" | "anywhere_after_block" | "whole_block";
  };
  /** Never: every position is proposed by the network. (LLaDA, Dream) */
  full: {
  };
  /** Fills everything at once when the few positions of the answer are settled. For short answers at a known place: the rest of the text is not looked at. (Prophet, arXiv 2508.19982) */
  prophet: {
    /** Where the answer begins, counted from the end of the prompt; absent: behind the last given text that something open follows. Default: derived. */
    start?: number;
    /** Positions of the answer. Default: 5. */
    window?: number;
    /** Steps that the run is planned for; one per open position where absent. Default: derived. */
    steps?: number;
    /** Least margin in the first third of the steps, in logits. Default: 7.5. */
    early?: number;
    /** Least margin in the second third. Default: 5. */
    middle?: number;
    /** Least margin from then on. Default: 2.5. */
    late?: number;
  };
  /** Fills everything at once when the open positions are settled: first choices far ahead, by a margin that falls over the run, and no longer changing. In raw logits, so a temperature under the dream convention shifts it. (SchED, arXiv 2512.02892) */
  sched: {
    /** How the margin falls from high to low; constant stays at high. Default: cosine. */
    shape?: "cosine" | "linear" | "exp" | "constant";
    /** Least mean margin at the beginning, in logits. Default: 7.5. */
    high?: number;
    /** Least mean margin at the end, in logits. Default: 2.5. */
    low?: number;
    /** How fast exp falls. Default: 4. */
    rate?: number;
    /** Steps that the run is planned for; one per open position where absent. Default: derived. */
    steps?: number;
    /** Steps without a change that do not count yet. Default: 0. */
    patience?: number;
    /** Part of the open positions that must be written before. Default: 0. */
    min_progress?: number;
  };
}

/** Values of `cache`: method and parameters. */
export interface CacheMethods {
  /** The exact cache where the model allows one, else none. (Unmask) */
  auto: {
  };
  /** Forwards the whole sequence in every step: exact for every model, and what the others are held against. (LLaDA, arXiv 2502.09992) */
  none: {
  };
  /** Forwards the open block and, once, the one that was completed before it; all else is kept, from one request to the next as well. For block-causal and causal models; costs no accuracy. (SDAR (JetAstra/SDAR), with the merged commit) */
  exact: {
  };
  /** Forwards the model's block when a part of it opens and afterwards the part alone; blocks before are kept exactly. For block-causal models with the structure "sub_blocks". An approximation within the block. (Fast-dLLM v2, arXiv 2509.26328) */
  sub_blocks: {
  };
  /** Forwards everything when a block opens and afterwards the block and all behind it; what is before it is seen as it was then. An approximation. (Fast-dLLM v1, arXiv 2505.22618) */
  prefix: {
    /** Everything is forwarded again after so many forwards; only when another block opens where absent. Default: derived. */
    refresh?: number;
    /** Positions before the block that are forwarded with it; dInfer has 16. Default: 0. */
    before?: number;
  };
  /** Forwards everything when a block opens and afterwards the block alone; what is around it is seen as it was then. An approximation: a step costs what the block costs. (Fast-dLLM v1, arXiv 2505.22618; neighbourhood of dInfer, arXiv 2510.08666) */
  dual: {
    /** Everything is forwarded again after so many forwards; only when another block opens where absent. Default: derived. */
    refresh?: number;
    /** Positions before the block that are forwarded with it; dInfer has 16. Default: 0. */
    before?: number;
    /** Positions behind the block that are forwarded with it; dInfer has 16. Default: 0. */
    after?: number;
  };
  /** The dual cache with the positions around the block forwarded too, after a few full forwards at the beginning of a run. An approximation, closer than "dual". (dInfer, arXiv 2510.08666) */
  vicinity: {
    /** Positions before the block that are forwarded with it. Default: 16. */
    before?: number;
    /** Positions behind the block that are forwarded with it. Default: 16. */
    after?: number;
    /** Full forwards at the beginning. Default: 4. */
    warmup?: number;
    /** Everything is forwarded again after so many forwards; only when another block opens where absent. Default: derived. */
    refresh?: number;
  };
  /** Leaves out the masks far behind the block: they are neither forwarded nor seen. An approximation, with which a long canvas costs as much as what is written of it. (DPad without chance, arXiv 2508.14148; further_horizon of LLaDA2.0) */
  window: {
    /** Masks behind the block that stay. Default: 32. */
    after?: number;
    /** What is kept from step to step of the positions that are left. Default: none. */
    cache?: "none" | "prefix" | "dual";
  };
  /** Leaves out most masks behind the block, by chance and the more the farther they are: they are neither forwarded nor seen. Drawn anew for every block. An approximation. (DPad, arXiv 2508.14148) */
  dpad: {
    /** Masks behind the block among which some stay. Default: 256. */
    window?: number;
    /** Standard deviations that the window spans. Default: 4. */
    sigma?: number;
    /** A mask stays with this many times the normal density at its distance. Default: 2. */
    scale?: number;
    /** What is kept from step to step of the positions that are left. Default: none. */
    cache?: "none" | "prefix" | "dual";
  };
  /** Forwards every mask, and every token once more in the step after it was committed; later it is seen as it was then. An approximation that needs no blocks and whose steps grow cheaper as the canvas fills. (dKV-Cache (Decode), arXiv 2505.15781) */
  dkv: {
    /** Everything is forwarded again after so many forwards; Dream wants 2 to 16. Default: 8. */
    refresh?: number;
  };
  /** As "dkv", and a mask whose proposal stayed the same and sure for a few forwards is not forwarded either: its last record stands until it is committed. An approximation, for methods that commit few of the sure proposals a step. (JOT, arXiv 2602.11133) */
  freeze: {
    /** Forwards that a proposal must have stayed the same. Default: 2. */
    forwards?: number;
    /** It must have been more confident than this. Default: 0.9. */
    confidence?: number;
    /** Everything is forwarded again after so many forwards; Dream wants 2 to 16. Default: 8. */
    refresh?: number;
  };
  /** Forwards everything twice when a block opens and afterwards the block alone. In the second forward every layer chooses the keys outside the block that its queries score highest; the steps after it see no others. An approximation: as "dual", with less to attend to. (Sparse-dLLM, arXiv 2508.02558) */
  sparse: {
    /** Part of the keys outside the block that each layer keeps. Default: 0.5. */
    keep?: number;
    /** Everything is forwarded again after so many forwards; only when another block opens where absent. Default: derived. */
    refresh?: number;
  };
  /** Forwards the prompt seldom and everything behind it in every step, but between its refreshes each layer computes only the positions whose values moved most; the others keep what attention and the feed-forward network last added to them. An approximation; rows are counted by the part of a layer that is computed. (dLLM-Cache, arXiv 2506.06295) */
  dllm: {
    /** The prompt is computed again after so many forwards. Default: 50. */
    prompt?: number;
    /** What is behind it is computed wholly after so many forwards. Default: 4. */
    response?: number;
    /** Part of what is behind the prompt that the other forwards compute. Default: 0.25. */
    ratio?: number;
  };
  /** Forwards the leftmost masks of the block, which alone are committed, with what was just written and a tracked token of each layer. Where what that token attends to has drifted, the layers behind it compute everything anew in the same step. An approximation for methods without blocks; rows are counted by the layers that compute them. (Elastic-Cache, arXiv 2510.14973) */
  elastic: {
    /** Masks that are forwarded. Default: 16. */
    window?: number;
    /** Cosine of a token's attention now and in the step before, below which it has drifted. Default: 0.9. */
    drift?: number;
    /** Everything is forwarded again after so many forwards; only where attention drifts where absent. Default: derived. */
    refresh?: number;
  };
}
