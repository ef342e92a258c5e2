"""The documented errors of the service: every row of the error table, to be injected one by one."""

from __future__ import annotations

from tests.support.service_faults import ErrorFrame, HttpError

LONGEST_DATA_URI = 10 * 1024 * 1024

# One for each code, by the code.
DOCUMENTED: dict[str, HttpError] = {
    error.code: error
    for error in (
        HttpError(400, "invalid_parameter_error", "Required parameter is missing."),
        HttpError(400, "InvalidParameter", "Required parameter is missing."),
        HttpError(400, "invalid_request_error", "Required body invalid, please check the request body format."),
        HttpError(400, "data_inspection_failed", "Input data may contain inappropriate content."),
        HttpError(400, "DataInspectionFailed", "Output data may contain inappropriate content."),
        HttpError(400, "InvalidParameter.DataInspection", "The media format is not supported or incorrect."),
        HttpError(400, "Arrearage", "Access denied, please make sure your account is in good standing."),
        HttpError(401, "invalid_api_key", "Incorrect API key provided."),
        HttpError(401, "InvalidApiKey", "Invalid API-key provided."),
        HttpError(403, "AccessDenied", "Access denied."),
        HttpError(403, "Model.AccessDenied", "Model access denied."),
        HttpError(403, "AccessDenied.Unpurchased", "Access to model denied."),
        HttpError(403, "AllocationQuota.FreeTierOnly", "The free tier of the model has been exhausted."),
        HttpError(404, "model_not_found", "The model `x` does not exist or you do not have access to it."),
        HttpError(404, "ModelNotFound", "Model not exist."),
        HttpError(404, "model_not_supported", "Unsupported model `x` for OpenAI compatibility mode."),
        HttpError(413, "request_too_large", "The request body is too large."),
        HttpError(429, "limit_requests", "You exceeded your current requests list."),
        HttpError(429, "limit_burst_rate", "Request rate increased too quickly."),
        HttpError(429, "Throttling", "Requests throttling triggered."),
        HttpError(429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later."),
        HttpError(429, "Throttling.BurstRate", "Request rate increased too quickly."),
        HttpError(429, "Throttling.Concurrency", "Too many requests in flight at the same time."),
        HttpError(429, "Throttling.AllocationQuota", "Allocated quota exceeded, please increase your quota limit."),
        HttpError(429, "insufficient_quota", "You exceeded your current quota: tokens per minute."),
        HttpError(429, "CommodityNotPurchased", "Commodity has not purchased yet."),
        HttpError(429, "PrepaidBillOverdue", "The prepaid bill is overdue."),
        HttpError(429, "PostpaidBillOverdue", "The postpaid bill is overdue."),
        HttpError(500, "internal_error", "An internal error has occurred, please try again later."),
        HttpError(500, "InternalError.Algo", "An internal error has occurred during execution."),
        HttpError(500, "SystemError", "A system error has occurred, please try again later."),
        HttpError(500, "ModelServiceFailed", "Failed to request the model service."),
        HttpError(503, "ModelServingError", "Too many requests. Your requests are being throttled."),
        HttpError(503, "ModelUnavailable", "Model is unavailable, please try again later."),
        HttpError(504, "RequestTimeOut", "Request timed out, please try again later."),
    )
}

# One code, several meanings: the message decides. By a short name.
AMBIGUOUS: dict[str, HttpError] = {
    name: HttpError(status, code, message, body=body)
    for name, status, code, message, body in (
        ("download failed", 400, "invalid_parameter_error", "Failed to download multimodal content", None),
        ("download timed out", 400, "InvalidParameter", "Download the media resource timed out.", None),
        ("file too large", 400, "invalid_parameter_error", "Multimodal file size is too large", None),
        ("data URI too large", 400, "invalid_parameter_error",
         f"Exceeded limit on max bytes per data-uri item : {LONGEST_DATA_URI}", None),
        ("too long", 400, "invalid_parameter_error", "The video file is too long.", None),
        ("input too long", 400, "InvalidParameter", "Range of input length should be [1, 262144]", None),
        ("free quota used up", 429, "Throttling.AllocationQuota", "Free allocated quota exceeded.", None),
        ("time-out", 408, "RequestTimeOut", "Request timed out, please try again later.", None),
        ("bad gateway", 502, "", "", "<html><body><h1>502 Bad Gateway</h1></body></html>"),
        ("unavailable", 503, "", "", ""),
        ("gateway time-out", 504, "", "", "stream timeout"),
    )
}  # fmt: skip

OUTPUT_REFUSED = ErrorFrame("data_inspection_failed", "Output data may contain inappropriate content.", after=40)
