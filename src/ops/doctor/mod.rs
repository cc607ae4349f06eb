//! Step by step to a cluster and through it: the first step that fails says what is wrong.
//!
//! `reach` goes from a name to a broker that answers, `probe` asks what this client is allowed to do there.

mod probe;
mod reach;

use serde::Serialize;

use super::OpsError;
use crate::client::{Broker, ClientConfig, ClientError, Cluster, Topics};

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Ok,
    /// It works, and will not for long, or not for all.
    Warning,
    /// It does not work.
    Failed,
}

/// One step.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What was tried: `dns`, `tcp`, `tls`, `sasl`, `api-versions`, `advertised`, or a permission.
    pub step: &'static str,
    /// At what.
    pub subject: String,
    /// How it ended.
    pub health: Health,
    /// What was found.
    pub detail: String,
    /// What helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Step {
    fn new(step: &'static str, subject: &str, health: Health, detail: impl Into<String>) -> Step {
        Step { step, subject: subject.to_owned(), health, detail: detail.into(), hint: None }
    }

    fn with_hint(mut self, hint: impl Into<String>) -> Step {
        self.hint = Some(hint.into());
        self
    }

    fn failed(step: &'static str, subject: &str, error: &ClientError) -> Step {
        let failed = Step::new(step, subject, Health::Failed, error.to_string());
        Step { hint: OpsError::Client(error.clone()).hint(), ..failed }
    }
}

/// What to look at.
#[derive(Clone, Debug, Default)]
pub struct Checkup {
    /// A topic to read from.
    pub topic: Option<String>,
    /// Whether to write a record to it, too.
    pub write: bool,
}

/// The steps that were taken, in order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The steps.
    pub steps: Vec<Step>,
    /// Whether a broker answered at all.
    pub reached: bool,
}

impl Report {
    /// The first step that failed.
    pub fn failure(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.health == Health::Failed)
    }
}

/// Takes every step that can be taken. `said` gets each as it is done.
pub async fn check(config: &ClientConfig, checkup: &Checkup, said: &mut (dyn FnMut(&Step) + Send)) -> Report {
    let mut report = Report::default();
    let mut note = |report: &mut Report, step: Step| {
        said(&step);
        report.steps.push(step);
    };
    for address in &config.bootstrap {
        let mut steps = Vec::new();
        let answered = reach::reach(address, config, &mut steps).await;
        steps.into_iter().for_each(|step| note(&mut report, step));
        report.reached |= answered;
    }
    if !report.reached {
        return report;
    }
    let cluster = Cluster::new(config.clone());
    let metadata = match cluster.metadata(Topics::None).await {
        Ok(metadata) => metadata,
        Err(error) => {
            note(&mut report, Step::failed("metadata", "the cluster", &error));
            return report;
        }
    };
    for broker in metadata.brokers.values() {
        let step = advertised(broker, config).await;
        note(&mut report, step);
    }
    for step in probe::permissions(&cluster).await {
        note(&mut report, step);
    }
    if let Some(topic) = &checkup.topic {
        for step in probe::topic(&cluster, topic, checkup.write).await {
            note(&mut report, step);
        }
    }
    report
}

/// Whether a broker is reached where it says it is.
async fn advertised(broker: &Broker, config: &ClientConfig) -> Step {
    const STEP: &str = "advertised";
    let address = broker.address();
    let subject = format!("broker {} at {address}", broker.id);
    let mut steps = Vec::new();
    if reach::reach(&address, config, &mut steps).await {
        return Step::new(STEP, &subject, Health::Ok, "reached");
    }
    let failed = steps.into_iter().find(|step| step.health == Health::Failed);
    let (why, hint) =
        failed.map_or_else(Default::default, |step| (format!("{}: {}", step.step, step.detail), step.hint));
    let hint = if why.starts_with("tls") || why.starts_with("sasl") { hint } else { None };
    Step::new(STEP, &subject, Health::Failed, why).with_hint(hint.unwrap_or_else(|| {
        format!(
            "clients follow what brokers advertise: advertised.listeners of broker {} must name an address that is \
             reached from here",
            broker.id
        )
    }))
}
