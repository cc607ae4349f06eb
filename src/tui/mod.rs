//! `logbus top`: the cluster on one screen, live. Elm's shape: [`model`] holds what is known and what the person
//! chose, [`update`] is the only writer of it and pure, [`view`] turns it into cells and returns nothing, [`run`] owns
//! the terminal, the clock and the sampling task. It asks through `ops`, so it works against any Kafka cluster; no
//! broker code and no widget state may live here.

mod events;
mod format;
mod history;
mod keys;
mod model;
mod rows;
mod run;
mod sample;
mod update;
mod verdict;
mod view;

pub use model::{BrokerSample, GroupOffset, GroupSample, Model, PartitionSample, Screen, Snapshot, TopicSample, Ui};

pub use run::{Options, Source, TopError, colour_from_env, run};
pub use sample::ClusterSource;
pub use update::{Event, Key, update};
pub use verdict::Verdict;
pub use view::{Theme, draw, frame_as_text};
