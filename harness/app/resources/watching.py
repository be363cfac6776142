"""Types that watch, scale and roll out an app: accepted, for nothing in a run depends on them."""

from __future__ import annotations

from harness.app.resources.resource_type import ResourceType, named_only

_NOTE = "nothing in a run depends on it"
_ACCEPTED = (
    ("AWS::ApplicationAutoScaling::ScalableTarget", "application-autoscaling", "", "ResourceId"),
    ("AWS::ApplicationAutoScaling::ScalingPolicy", "application-autoscaling", "", "PolicyName"),
    ("AWS::ApplicationInsights::Application", "applicationinsights", "", "ResourceGroupName"),
    ("AWS::CDK::Metadata", "cdk", "", "Name"),
    ("AWS::CloudWatch::AnomalyDetector", "cloudwatch", "", "Name"),
    ("AWS::CloudWatch::CompositeAlarm", "cloudwatch", "alarm:", "AlarmName"),
    ("AWS::CloudWatch::Dashboard", "cloudwatch", "dashboard/", "DashboardName"),
    ("AWS::CodeDeploy::Application", "codedeploy", "application:", "ApplicationName"),
    ("AWS::CodeDeploy::DeploymentGroup", "codedeploy", "deploymentgroup:", "DeploymentGroupName"),
    ("AWS::ResourceGroups::Group", "resource-groups", "group/", "Name"),
    ("AWS::XRay::Group", "xray", "group/", "GroupName"),
    ("AWS::XRay::SamplingRule", "xray", "sampling-rule/", "RuleName"),
)


TYPES = {
    kind: ResourceType(named_only(service, path, name), note=_NOTE) for kind, service, path, name in _ACCEPTED
}
