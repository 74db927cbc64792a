@NullMarked
package io.penstock.provisioning.canary;

import org.jspecify.annotations.NullMarked;
