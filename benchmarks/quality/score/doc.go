// Package score says what a rule's events were worth against the truth of one simulated wearer, and adds such scores up.
//
// # Words
//
// A stay is what the truth calls one: inside without more than 60 s outside; it qualifies when it lasts 120 s and reaches
// 30 m. A breach has a verdict by where the wearer really was from 300 s before it was decided to 60 s after: Stay when a
// qualifying stay reaches into that time, Dip when the wearer was inside but in no such stay, Edge when never further than
// 10 m outside, else False. A stay is found when a breach is open at some fix from its start to 60 s after its end, or is
// decided in that time. It is seen when it holds a usable fix: without one there is nothing to decide by, and a share of
// found stays is one of the seen. What only late fixes tell of is not for live rules and is not seen.
//
// All times but those named appended are by the tag's clock. The delay of a breach runs from the first usable fix inside,
// taken during the stay, to the deciding fix; a breach decided by silence counts to when the silence had lasted. It is 0
// when the breach was open before.
//
// Standard errors are clustered by wearer: false alerts come from few wearers, many from each.
package score
