//! Every method with every value it takes, generated from its description.

use proptest::prelude::*;
use unmask_engine::decode::method::{Choice, Kind, Method, Parameter, Value};

/// A value that the parameter accepts, of a size that a toy can show.
fn value(parameter: &Parameter) -> BoxedStrategy<Value> {
    match parameter.kind {
        Kind::Real(least, most) => (least..=most.min(least + 10.0))
            .prop_map(Value::Number)
            .boxed(),
        Kind::Count(least, most) => (least..=most.min(least + 40))
            .prop_map(|count| Value::Number(f64::from(count)))
            .boxed(),
        Kind::Word(words) => prop::sample::select(words)
            .prop_map(|word| Value::Word(word.to_owned()))
            .boxed(),
    }
}

/// The method with some of its parameters set.
fn choice<P: ?Sized>(method: &Method<P>) -> BoxedStrategy<Choice> {
    let values = method.parameters.iter().map(|parameter| {
        let name = parameter.name.to_owned();
        prop::option::of(value(parameter)).prop_map(move |value| (name.clone(), value))
    });
    let name = method.name.to_owned();
    let values: Vec<_> = values.collect();
    let choice = values.prop_map(move |values| {
        let set = values
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        Choice {
            name: name.clone(),
            values: set.collect(),
        }
    });
    choice.boxed()
}

/// Any of `methods`, with defaults or values of its own.
pub fn any_of<P: ?Sized>(methods: &'static [Method<P>]) -> impl Strategy<Value = Choice> {
    let choices = methods.iter().map(choice);
    let choices: Vec<_> = choices.collect();
    (0..methods.len()).prop_flat_map(move |index| choices[index].clone())
}

/// Those of `choices` whose method has one of these names.
pub fn named<P: ?Sized>(
    methods: &'static [Method<P>],
    names: &[&str],
) -> impl Strategy<Value = Choice> {
    let chosen = methods.iter().filter(|method| names.contains(&method.name));
    let choices: Vec<_> = chosen.map(choice).collect();
    assert_eq!(choices.len(), names.len(), "{names:?}");
    (0..choices.len()).prop_flat_map(move |index| choices[index].clone())
}
